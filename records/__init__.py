"""Patient data in: native JSON, FHIR R4, CSV and Parquet; each reader says what it could not use. Start at `detect.read_patients`."""
