"""The service: accounts, subjects, decisions, signatures and schedules in a database, with an audit trail that only grows."""
