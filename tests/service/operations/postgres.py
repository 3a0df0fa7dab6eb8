"""Databases of one's own on the PostgreSQL of the run, each with a role for the service that owns nothing."""

from __future__ import annotations

import os
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

SERVER = os.environ.get("TRIALRULES_TEST_DATABASE_URL")


class Database:
    """A database, and how the environment names it for its owner and for the service."""

    def __init__(self, name, role):
        parts = urlsplit(SERVER)
        self.owner_url = urlunsplit(parts._replace(path=f"/{name}"))
        self.app_url = urlunsplit(parts._replace(netloc=f"{role}:secret@", path=f"/{name}"))
        self.as_owner = {"DATABASE_URL": self.app_url, "DATABASE_OWNER_URL": self.owner_url}
        self.as_app = {"DATABASE_URL": self.app_url}


@contextmanager
def database():
    """An empty database, gone afterwards."""
    name = f"operations_{uuid4().hex[:12]}"
    role = f"{name}_app"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
        connection.execute(f"CREATE DATABASE {name}")
    yield Database(name, role)
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"DROP ROLE {role}")
