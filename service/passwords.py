"""How passwords are kept: argon2id, three passes over 64 MiB."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """About 0.2 seconds a password on a plain machine."""

    time_cost = 3
    memory_cost = 65_536
    parallelism = 1
