"""The JSON API, /api/v1: one table of operations, from which addresses, checks of input and the OpenAPI document are made."""
