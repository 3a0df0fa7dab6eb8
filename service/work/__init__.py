"""Use-cases: one file each; every write happens in one transaction together with its audit entry."""
