"""Settings: environment only, typed; config/checks.py names combinations that cannot work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import environ
import structlog

from config import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Where things are -------------------------------------------------------------------------
PLIMSOLL_HOME = Path(env.str("PLIMSOLL_HOME", default=str(BASE_DIR)))
PORT = env.int("PORT", default=8000)
_servers = None
if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
    _servers = embedded.urls(PLIMSOLL_HOME)
#: Neither server was named from outside: the ones in wheels are used (and the demo is allowed).
EMBEDDED = "DATABASE_URL" not in os.environ and "REDIS_URL" not in os.environ
DATABASE_URL = env.str("DATABASE_URL", default=_servers.database_url if _servers else "")
REDIS_URL = env.str("REDIS_URL", default=_servers.redis_url if _servers else "")

# --- Safety -----------------------------------------------------------------------------------
#: Embedded servers mean a private run on one machine; anything else is production unless told.
DEBUG = env.bool("DEBUG", default=EMBEDDED)
SECRET_KEY = env.str("SECRET_KEY", default=embedded.secret_key(PLIMSOLL_HOME) if EMBEDDED else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
#: One proxy of ours stands in front, and says where a request came from and how.
TRUST_PROXY = env.bool("TRUST_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = int(TRUST_PROXY)
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^api/health$", r"^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"

# --- Application ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_prometheus",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "channels",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_celery_beat",
    "accounts",
    "markets",
    "portfolios",
    "risk",
    "alerts",
    "config",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "config.middleware.RequestIdMiddleware",
    "config.unavailable.UnavailableMiddleware",
    "config.addresses.PlainAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.SessionActivityMiddleware",
    "config.middleware.PreferencesMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.PartsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.shell",
            ],
            "builtins": ["config.templatetags.figures", "django.templatetags.static"],
        },
    }
]

# --- Data -------------------------------------------------------------------------------------
DATABASES: dict[str, Any] = {}
if DATABASE_URL:
    DATABASES["default"] = {
        **env.db_url_config(DATABASE_URL),
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
    # A server that is away must be an error soon: a request has one of two threads to wait on.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
#: Seconds that Valkey gets to connect, and to answer.
VALKEY_TIMEOUTS = {"socket_connect_timeout": 2, "socket_timeout": 5}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "plimsoll",
        "OPTIONS": VALKEY_TIMEOUTS,
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # The layer's own defaults break at about 100 connections (docs/decisions/0003).
        "CONFIG": {
            "hosts": [
                {
                    "address": REDIS_URL,
                    "socket_connect_timeout": 2,
                    "socket_timeout": 30,
                    "max_connections": 10_000,
                }
            ]
        },
    }
}

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.BCrypt12PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
#: A private run has no mail server; elsewhere an address is shown to be one's own.
ACCOUNT_EMAIL_VERIFICATION = env.str(
    "EMAIL_VERIFICATION", default="optional" if EMBEDDED else "mandatory"
)
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_TOTP_ISSUER = "Plimsoll"
MFA_ADAPTER = "accounts.adapters.MfaAdapter"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
USERSESSIONS_TRACK_ACTIVITY = True
ACCESS_TOKEN_SECONDS = env.int("ACCESS_TOKEN_SECONDS", default=3600)
REFRESH_TOKEN_SECONDS = env.int("REFRESH_TOKEN_SECONDS", default=7 * 86_400)
#: 32 bytes, base64: AES-256-GCM for secrets at rest (TOTP seeds, recovery codes).
ENCRYPTION_KEY = env.str(
    "ENCRYPTION_KEY", default=embedded.encryption_key(PLIMSOLL_HOME) if EMBEDDED else ""
)

#: Earlier keys, still able to open what they sealed.
ENCRYPTION_KEY_FALLBACKS = env.list("ENCRYPTION_KEY_FALLBACKS", default=[])

# --- Mail -------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="consolemail://")
EMAIL_CONFIG = env.email_url_config(EMAIL_URL)
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Plimsoll <plimsoll@localhost>")

# --- Money and markets ------------------------------------------------------------------------
MARKET_FEED = env.str("MARKET_FEED", default="auto")
#: Quote assets that count as one US dollar; every explanation says so.
USD_EQUIVALENTS = env.list("USD_EQUIVALENTS", default=["USD", "USDT"])
BINANCE_REST_URL = env.str("BINANCE_REST_URL", default="https://data-api.binance.vision")
BINANCE_WS_URL = env.str("BINANCE_WS_URL", default="wss://data-stream.binance.vision")
SIMULATED_REST_URL = env.str("SIMULATED_REST_URL", default="http://127.0.0.1:8790")
SIMULATED_WS_URL = env.str("SIMULATED_WS_URL", default="ws://127.0.0.1:8790")
COINBASE_WS_URL = env.str("COINBASE_WS_URL", default="wss://advanced-trade-ws.coinbase.com")
COINBASE_REST_URL = env.str("COINBASE_REST_URL", default="https://api.coinbase.com")
COINGECKO_URL = env.str("COINGECKO_URL", default="https://api.coingecko.com/api/v3")
COINGECKO_API_KEY = env.str("COINGECKO_API_KEY", default="")
#: Daily rates of currencies; eurofxref-hist.xml and eurofxref-hist-90d.xml lie there.
ECB_URL = env.str("ECB_URL", default="https://www.ecb.europa.eu/stats/eurofxref")
ETHERSCAN_URL = env.str("ETHERSCAN_URL", default="https://api.etherscan.io/v2/api")
ETHERSCAN_API_KEY = env.str("ETHERSCAN_API_KEY", default="")
TICK_RETENTION_DAYS = env.int("TICK_RETENTION_DAYS", default=7)
SECOND_BAR_RETENTION_DAYS = env.int("SECOND_BAR_RETENTION_DAYS", default=2)
RISK_FREE_RATE = env.float("RISK_FREE_RATE", default=0.0)
#: How long a risk answer is given again as it was, unless the ledger was edited; 0: never.
RISK_ANSWER_SECONDS = env.float("RISK_ANSWER_SECONDS", default=1.0)
#: Three years, so that a year's light can be looked back on.
FORECASTS_KEPT_DAYS = env.int("FORECASTS_KEPT_DAYS", default=1096)
#: Uploads that were never imported, and the rows of those that were; the import itself stays.
IMPORT_ROWS_KEPT_DAYS = env.int("IMPORT_ROWS_KEPT_DAYS", default=30)
#: Transactions up to which an account file is taken in at once; a larger one by a worker.
ACCOUNT_FILE_AT_ONCE = env.int("ACCOUNT_FILE_AT_ONCE", default=2000)

# --- Work -------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # the worker waits for Valkey for ever
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    **VALKEY_TIMEOUTS,
    # Who publishes does not: by default it would try for ever, within the request.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_TASK_DEFAULT_QUEUE = "pipeline"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
#: The task an edit or a new candle asks for, by name, because apps never import config.
CYCLE_TASK = "config.tasks.run_cycle"

# --- Language, files --------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATIC_ROOT = PLIMSOLL_HOME / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "config.static_storage.StaticStorage"
        if not DEBUG
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Contract of the wire ---------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsing.Json"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "config.api.paging.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.errors.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "PAGE_SIZE": 100,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "DEFAULT_THROTTLE_RATES": {"sign_in": env.str("SIGN_IN_RATE", default="20/min")},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Plimsoll",
    "DESCRIPTION": "Know what you own, how much you can lose and why.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AlertChannelKind": "alerts.models.ChannelKind",
        "AssetKind": "markets.models.AssetKind",
        "BasisMethod": "portfolios.models.BasisMethod",
        "LimitMeasure": "risk.limits.CHOICES",
        "RuleMeasure": "alerts.models.Measure",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
LIVE_URL = env.str("LIVE_URL", default="")

# --- Content security policy ------------------------------------------------------------------
_SELF = "'self'"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],  # its own, wider policy: config.middleware
    "DIRECTIVES": {
        "default-src": [_SELF],
        "script-src": [_SELF],
        "style-src": [_SELF],
        "img-src": [_SELF, "data:"],
        "font-src": [_SELF],
        "connect-src": [_SELF],
        "object-src": ["'none'"],
        "base-uri": [_SELF],
        "frame-ancestors": ["'none'"],
        "form-action": [_SELF],
    },
}

# --- What the operator sees -------------------------------------------------------------------
UNFOLD = {"SITE_TITLE": "Plimsoll", "SITE_HEADER": "Plimsoll", "SITE_SYMBOL": "anchor"}
#: Scrapers elsewhere need it; without it /metrics answers this machine only.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
_processors: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _processors,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Plain, both of them: the default shows local variables, and so passwords.
                *(
                    [
                        structlog.dev.ConsoleRenderer(
                            colors=False, exception_formatter=structlog.dev.plain_traceback
                        )
                    ]
                    if DEBUG
                    else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
                ),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # "django" by its mere mention loses the handlers that Django gives it: a line is said once.
    "loggers": {
        "django": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
    },
}
structlog.configure(
    processors=[*_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
