"""Django's settings. They come from the environment and the home folder only, and none of them turns the audit off or DEBUG on.

TRIALRULES_HOME   folder of the installation (default: trialrules-data)
DATABASE_URL      postgres://…; left out: SQLite in that folder
DATABASE_OWNER_URL  the same database as the owner of its tables, for migrations only; left out: the same role does both
TRIALRULES_URL    where people reach the service (default: http://127.0.0.1:8765); anything but loopback needs https
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from .home import SettingError, database, home_folder, secret_key

HOME = home_folder()
SECRET_KEY = secret_key(HOME)
DEBUG = False

PUBLIC_URL = os.environ.get("TRIALRULES_URL", "http://127.0.0.1:8765").rstrip("/")
_PARTS = urlsplit(PUBLIC_URL)
_LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
SECURE = _PARTS.scheme == "https"
if not SECURE and (_PARTS.scheme != "http" or _PARTS.hostname not in {"localhost", "127.0.0.1", "::1"}):
    raise SettingError("TRIALRULES_URL: without https the service is for this machine only; write https://…, or http://127.0.0.1:8765")
ALLOWED_HOSTS = sorted({_PARTS.hostname or "localhost", *_LOOPBACK})
CSRF_TRUSTED_ORIGINS = [f"{_PARTS.scheme}://{_PARTS.netloc}"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "trialrules.service",
]
MIDDLEWARE = [
    "trialrules.service.middleware.headers.Headers",
    "trialrules.service.middleware.log.RequestLog",
    "trialrules.service.middleware.size.Sizes",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "trialrules.service.middleware.origin.SameOrigin",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "trialrules.service.middleware.bearer.Bearer",
    "trialrules.service.middleware.gate.Gate",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
CSRF_FAILURE_VIEW = "trialrules.service.errors.csrf_failure"
ROOT_URLCONF = "trialrules.service.urls"
WSGI_APPLICATION = "trialrules.service.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]},
    }
]

DATABASES = {"default": database(HOME, os.environ.get("DATABASE_URL"))}
if os.environ.get("DATABASE_OWNER_URL"):
    # The owner of the tables makes and changes them; the service itself then works with a role that can't.
    DATABASES["owner"] = {**database(HOME, os.environ["DATABASE_OWNER_URL"]), "CONN_MAX_AGE": 0}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "trialrules.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["trialrules.service.passwords.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "name"]},
    },
]
LOGIN_URL = "login"

# Cookies bound to this host; browsers refuse the prefix without TLS, so that on loopback the plain names remain.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 60_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
LOGGING_CONFIG = "trialrules.service.logs.set_up"
LOGGING = {"version": 1}
