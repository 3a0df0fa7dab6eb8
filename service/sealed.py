"""Secrets that have to be read again, sealed: whoever has the database alone, or a backup of it, does not have them.

AES-256-GCM under a key derived from the key of the installation (`secret.key`). What a secret is about is bound to it, so that it can't be
put in another one's place.
"""

from __future__ import annotations

import base64
import secrets
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE: Final = 12


@lru_cache(maxsize=1)
def _cipher(key: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"trialrules sealed secrets 1").derive(key.encode("utf-8")))


def seal(secret: str, about: str) -> str:
    """The secret as it is stored."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = _cipher(settings.SECRET_KEY).encrypt(nonce, secret.encode("utf-8"), about.encode("utf-8"))
    return base64.urlsafe_b64encode(nonce + sealed).decode("ascii")


def unseal(sealed: str, about: str) -> str | None:
    """The secret; None if it was sealed under another key, or about something else, or is no sealed secret at all."""
    try:
        whole = base64.urlsafe_b64decode(sealed.encode("ascii"))
        return _cipher(settings.SECRET_KEY).decrypt(whole[:_NONCE], whole[_NONCE:], about.encode("utf-8")).decode("utf-8")
    except (InvalidTag, ValueError):
        return None
