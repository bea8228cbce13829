"""All settings, each read once from the environment; `.env.example` lists them."""

import json
import os
import re
import sys
from datetime import timedelta
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote

import django_stubs_ext
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from segmentation_site.environment import Environment

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
Environment.read_env(BASE_DIR / ".env")

# Files of a running product (SQLite's database, the file transport's queues) lie in one folder.
DATA_DIR = Path(env.str("DATA_DIR", default="") or BASE_DIR / "var")
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing: bin/start writes one into .env; in production set it in the "
            "environment."
        )
    SECRET_KEY = "only-for-debugging"  # noqa: S105
# Former keys: signatures and hashes made with them stay valid.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# The shop ---------------------------------------------------------------------------------------
BASE_CURRENCY = env.str("BASE_CURRENCY", default="EUR")
# Units of a currency for one unit of the base currency, for imports without --rate.
SHOP_RATES = env.list("SHOP_RATES", default=[])
# Databases of shops that import_maho and import_woocommerce read: mysql://user:password@host/name.
MAHO_DATABASE_URL = env.str("MAHO_DATABASE_URL", default="")
WOOCOMMERCE_DATABASE_URL = env.str("WOOCOMMERCE_DATABASE_URL", default="")
# Shops that sync_shop reads by their APIs: the address of each, and a key that may read.
SHOPIFY_URL = env.str("SHOPIFY_URL", default="")
SHOPIFY_TOKEN = env.str("SHOPIFY_TOKEN", default="")
SHOPIFY_API_VERSION = env.str("SHOPIFY_API_VERSION", default="2026-07")
# Metafields of customers that become custom attributes, as NAMESPACE.KEY.
SHOPIFY_METAFIELDS = env.list("SHOPIFY_METAFIELDS", default=[])
WOOCOMMERCE_URL = env.str("WOOCOMMERCE_URL", default="")
WOOCOMMERCE_KEY = env.str("WOOCOMMERCE_KEY", default="")
WOOCOMMERCE_SECRET = env.str("WOOCOMMERCE_SECRET", default="")
# So often shops with an address are read by their API; 0: by sync_shop alone.
SHOP_SYNC_SECONDS = env.int("SHOP_SYNC_SECONDS", default=900)
if SHOP_SYNC_SECONDS < 0:
    raise ImproperlyConfigured("SHOP_SYNC_SECONDS: 0 or more.")
# So often a run reads all of a shop's database, not only what has changed; 0: with --full alone.
SHOP_FULL_SYNC_SECONDS = env.int("SHOP_FULL_SYNC_SECONDS", default=86_400)
if SHOP_FULL_SYNC_SECONDS < 0:
    raise ImproperlyConfigured("SHOP_FULL_SYNC_SECONDS: 0 or more.")
# Zone of new websites' days, of the nightly refresh and of the admin's clock.
DEFAULT_TIME_ZONE = env.str("DEFAULT_TIME_ZONE", default="UTC")

# Privacy ----------------------------------------------------------------------------------------
# How a customer without any consent entry is treated: as a refusal ("opt_in") or not ("opt_out").
_SAID_NOTHING = ("opt_in", "opt_out")
TRACKING_CONSENT = env.str("TRACKING_CONSENT", default="") or "opt_in"
PERSONALIZATION_CONSENT = env.str("PERSONALIZATION_CONSENT", default="") or "opt_out"
for name, rule in (
    ("TRACKING_CONSENT", TRACKING_CONSENT),
    ("PERSONALIZATION_CONSENT", PERSONALIZATION_CONSENT),
):
    if rule not in _SAID_NOTHING:
        raise ImproperlyConfigured(f"{name} is {rule!r}: write opt_in or opt_out.")
# How many days an event's id is remembered, so that it counts once.
KEEP_EVENTS_DAYS = env.days("KEEP_EVENTS_DAYS", default=30, least=1)

# Live events from Kafka --------------------------------------------------------------------------
# For `manage.py consume_events`, with the extra “kafka”: servers as host:port and
# topics, with commas between.
KAFKA_BOOTSTRAP_SERVERS = env.str("KAFKA_BOOTSTRAP_SERVERS", default="")
KAFKA_TOPICS = env.list("KAFKA_TOPICS", default=[])
KAFKA_GROUP = env.str("KAFKA_GROUP", default="") or "tranche"
# Keeps the messages that are refused; without one the command ends at the first.
KAFKA_REFUSED_TOPIC = env.str("KAFKA_REFUSED_TOPIC", default="")
# As librdkafka has them: SASL_SSL, SCRAM-SHA-512 and the like.
KAFKA_SECURITY_PROTOCOL = env.str("KAFKA_SECURITY_PROTOCOL", default="")
KAFKA_SASL_MECHANISM = env.str("KAFKA_SASL_MECHANISM", default="")
KAFKA_SASL_USERNAME = os.environ.get("KAFKA_SASL_USERNAME", "")
KAFKA_SASL_PASSWORD = env.secret("KAFKA_SASL_PASSWORD")
# Of the authorities that sign the brokers' certificates, where they are not the system's.
KAFKA_CA_FILE = env.str("KAFKA_CA_FILE", default="")

# Segments ---------------------------------------------------------------------------------------
PREVIEW_TIMEOUT_SECONDS = env.float("PREVIEW_TIMEOUT_SECONDS", default=5.0)
# How many previews run at the same time, of everybody and of one person, in all web processes
# together; fewer than these have threads.
PREVIEWS_AT_ONCE = env.int("PREVIEWS_AT_ONCE", default=4)
PREVIEWS_PER_USER = env.int("PREVIEWS_PER_USER", default=2)
NIGHTLY_REFRESH_HOUR = env.int("NIGHTLY_REFRESH_HOUR", default=5)
# How long a worker that gives no sign of life keeps the refresh that it was at.
LEASE_SECONDS = env.int("LEASE_SECONDS", default=60)
# How often a refresh is tried, and after how many failed ones a segment is left alone.
REFRESH_ATTEMPTS = env.int("REFRESH_ATTEMPTS", default=3)
# With more customers than these, a refresh is divided into shards of so many.
SHARD_CUSTOMERS = env.int("SHARD_CUSTOMERS", default=2_000_000)
# No statement of a web request may take longer (PostgreSQL; 0: no limit).
WEB_STATEMENT_SECONDS = env.float("WEB_STATEMENT_SECONDS", default=60.0)
# No statement of a refresh may take longer; a worker of threads knows no limit of its own.
REFRESH_TIMEOUT_SECONDS = env.float("REFRESH_TIMEOUT_SECONDS", default=3600.0)
# The engine that finds members over a shop snapshot ("duckdb", "spark"; empty: the database), for
# these segments (codes; empty: all), and where the snapshot lies, no older than so many hours.
REFRESH_ENGINE = env.str("REFRESH_ENGINE", default="")
REFRESH_ENGINE_SEGMENTS = env.list("REFRESH_ENGINE_SEGMENTS", default=[])
# The engine that answers previews over the same snapshot ("duckdb"; empty: the database).
PREVIEW_ENGINE = env.str("PREVIEW_ENGINE", default="")
SHOP_SNAPSHOT = env.str("SHOP_SNAPSHOT", default="")
SHOP_SNAPSHOT_HOURS = env.float("SHOP_SNAPSHOT_HOURS", default=26.0)
# How much memory ("8GB"; empty: 80 % of the machine's) and how many threads (0: all) DuckDB takes.
DUCKDB_MEMORY = env.str("DUCKDB_MEMORY", default="")
DUCKDB_THREADS = env.int("DUCKDB_THREADS", default=0)
if not re.fullmatch(r"(?i)|[1-9]\d*(\.\d+)?\s*[KMGT]i?B|([1-9]\d?|100)%", DUCKDB_MEMORY):
    raise ImproperlyConfigured(f"DUCKDB_MEMORY is {DUCKDB_MEMORY!r}: write 8GB, or 50%.")
if not 0 <= DUCKDB_THREADS <= 1024:
    raise ImproperlyConfigured("DUCKDB_THREADS: from 0 to 1024.")
# The cluster: local[*], spark://host:7077, yarn, k8s://https://host:port.
SPARK_MASTER = env.str("SPARK_MASTER", default="local[*]")
# More of Spark's options, such as spark.executor.memory=8g,spark.jars.packages=...
try:
    SPARK_OPTIONS = env.dict("SPARK_OPTIONS", default={})
except ValueError:
    SPARK_OPTIONS = {"": ""}
if not all(name.startswith("spark.") for name in SPARK_OPTIONS):
    raise ImproperlyConfigured("SPARK_OPTIONS: spark.name=value, with commas between.")
if not 0 < SHOP_SNAPSHOT_HOURS <= 7 * 24:  # For longer it is not kept who has changed.
    raise ImproperlyConfigured("SHOP_SNAPSHOT_HOURS: more than 0, 168 at most.")
if PREVIEW_ENGINE not in {"", "duckdb"}:
    raise ImproperlyConfigured("PREVIEW_ENGINE: duckdb, or nothing.")
if PREVIEW_ENGINE and not SHOP_SNAPSHOT:
    raise ImproperlyConfigured("PREVIEW_ENGINE needs SHOP_SNAPSHOT: where export_snapshot writes.")
if REFRESH_ENGINE and not SHOP_SNAPSHOT:
    raise ImproperlyConfigured("REFRESH_ENGINE needs SHOP_SNAPSHOT: where export_snapshot writes.")
QUARANTINE_FAILURES = env.int("QUARANTINE_FAILURES", default=3)
# A segment that takes so long over a batch of changed customers is costly: it has its own lane.
COSTLY_SECONDS = env.float("COSTLY_SECONDS", default=0.2)
KEEP_RUNS_DAYS = env.days("KEEP_RUNS_DAYS", default=90, least=1)
KEEP_CHANGES_DAYS = env.days("KEEP_CHANGES_DAYS", default=730, least=1)
# On PostgreSQL each partition of that log has so many numbers, and for so many days longer an entry
# may wait to be dropped with the whole of its partition, instead of being deleted by itself.
CHANGES_PER_PARTITION = env.int("CHANGES_PER_PARTITION", default=10_000_000)
if not 1_000_000 <= CHANGES_PER_PARTITION <= 10**12:
    raise ImproperlyConfigured("CHANGES_PER_PARTITION: from a million to a million million.")
CHANGES_WAIT_DAYS = env.days("CHANGES_WAIT_DAYS", default=0)
KEEP_AUDIT_DAYS = env.days("KEEP_AUDIT_DAYS", default=0)  # 0: for ever
# Groups whose members may export besides holding the permission; empty: the permission is enough.
EXPORT_GROUPS = env.list("EXPORT_GROUPS", default=[])
EXPORT_ROW_LIMIT = env.int("EXPORT_ROW_LIMIT", default=0)  # 0: no limit
EXPORT_ONLY_ACCEPTING_MARKETING = env.bool("EXPORT_ONLY_ACCEPTING_MARKETING", default=False)
# Where the files of background exports lie; web processes and workers share it.
EXPORT_DIR = Path(env.str("EXPORT_DIR", default="") or DATA_DIR / "exports")
EXPORT_KEEP_HOURS = env.int("EXPORT_KEEP_HOURS", default=72)
# Where uploaded exports of other shops lie until they are imported, for a day at most; web
# processes and workers share it.
SHOP_UPLOAD_DIR = Path(env.str("SHOP_UPLOAD_DIR", default="") or DATA_DIR / "shop-uploads")
# How many exports of one person wait or are written in the background, and how many of everybody
# are written at once.
EXPORTS_PER_USER = env.int("EXPORTS_PER_USER", default=5)
EXPORTS_AT_ONCE = env.int("EXPORTS_AT_ONCE", default=1)
# How many are streamed at once, to one person and to everybody; fewer than web threads.
DOWNLOADS_PER_USER = env.int("DOWNLOADS_PER_USER", default=2)
DOWNLOADS_AT_ONCE = env.int("DOWNLOADS_AT_ONCE", default=3)

# Where scheduled exports may be brought: EXPORT_TO_<NAME>=file:///folder, or with the extra
# “exports” s3://KEY:SECRET@bucket/prefix or sftp://USER:PASSWORD@host/folder. The
# names are offered; what they stand for, passwords too, stays here.
EXPORT_DESTINATIONS = {
    name.removeprefix("EXPORT_TO_").lower(): value
    for name, value in sorted(os.environ.items())
    if name.startswith("EXPORT_TO_") and value
}

# Webhooks ---------------------------------------------------------------------------------------
# Receivers have public addresses and speak TLS, unless the shop says otherwise: networks that may
# be called besides, ports besides 443 (and 80), and whether plain HTTP is enough.
WEBHOOK_NETWORKS = [ip_network(one) for one in env.list("WEBHOOK_NETWORKS", default=[])]
WEBHOOK_PORTS = env.list("WEBHOOK_PORTS", cast=int, default=[])
WEBHOOK_HTTP = env.bool("WEBHOOK_HTTP", default=False)
WEBHOOK_TIMEOUT_SECONDS = env.float("WEBHOOK_TIMEOUT_SECONDS", default=10.0)
# A receiver that has failed for so long, without one success, is not called any more.
WEBHOOK_DISABLE_HOURS = env.int("WEBHOOK_DISABLE_HOURS", default=72)
KEEP_DELIVERIES_DAYS = env.days("KEEP_DELIVERIES_DAYS", default=30, least=1)

# Price rules ------------------------------------------------------------------------------------
# Decimals of the shop's prices: discounts are rounded to them.
PRICE_DECIMALS = env.int("PRICE_DECIMALS", default=2)
if not 0 <= PRICE_DECIMALS <= 4:
    raise ImproperlyConfigured("PRICE_DECIMALS: from 0 to 4.")

# Mail -------------------------------------------------------------------------------------------
MAIL_ENABLED = env.bool("MAIL_ENABLED", default=False)
# Where mail goes: file:// (in DATA_DIR), smtp://USER:PASSWORD@host:port?tls=1, console://,
# memory://, or anymail+ESP:// with the extra “mail”.
EMAIL_URL = env.secret("EMAIL_URL") or "file://"
# The base URL of the links in mails, such as https://mail.shop.example.
PUBLIC_URL = env.str("PUBLIC_URL", default="")
# So many mails leave in a minute (0: no limit), by so many parallel senders.
MAIL_PER_MINUTE = env.int("MAIL_PER_MINUTE", default=600)
MAIL_SENDERS = env.int("MAIL_SENDERS", default=1)
# How often a mail is tried, and the lease of a sender on a mail (seconds).
MAIL_ATTEMPTS = env.int("MAIL_ATTEMPTS", default=5)
MAIL_LEASE_SECONDS = env.int("MAIL_LEASE_SECONDS", default=60)
# Mails with an uncertain outcome: "hold" them for a user's decision, or "resend" them.
MAIL_UNCERTAIN = env.str("MAIL_UNCERTAIN", default="") or "hold"
# So many messages a customer gets in seven days (0: no limit).
MAIL_MAX_PER_CUSTOMER_WEEK = env.int("MAIL_MAX_PER_CUSTOMER_WEEK", default=0)
# A mail of a sequence that is due for so many hours, since none were sent, is not sent any more.
MAIL_TOO_LATE_HOURS = env.int("MAIL_TOO_LATE_HOURS", default=72)
# When mails of sequences wait, such as 21:00-08:00, by the clock of the store's website.
MAIL_QUIET_HOURS = env.str("MAIL_QUIET_HOURS", default="")
# The secret of the links in mails; derived from SECRET_KEY if it is empty.
MAIL_SECRET = env.secret("MAIL_SECRET")
# The secret for the reports of providers; without it no reports are taken.
MAIL_WEBHOOK_SECRET = env.secret("MAIL_WEBHOOK_SECRET")
# The settings of Anymail, as a JSON object: {"POSTMARK_SERVER_TOKEN": "..."}.
try:
    ANYMAIL = json.loads(os.environ.get("ANYMAIL", "") or "{}")
except ValueError:
    ANYMAIL = None
if not isinstance(ANYMAIL, dict):
    raise ImproperlyConfigured('ANYMAIL is a JSON object: {"POSTMARK_SERVER_TOKEN": "..."}.')
# Other servers than those of the programs that syncs write to, by the programs' names: for tests.
SYNC_HOSTS: dict[str, str] = {}
KEEP_MESSAGES_DAYS = env.days("KEEP_MESSAGES_DAYS", default=730)
KEEP_SEQUENCE_DAYS = env.days("KEEP_SEQUENCE_DAYS", default=90)
# For how many days unused coupons of mails are kept after they have expired.
KEEP_COUPON_DAYS = env.days("KEEP_COUPON_DAYS", default=30)
# For a campaign to more recipients than this, the sending user has to type its code.
CONFIRM_ABOVE = env.int("CONFIRM_ABOVE", default=1_000)
if MAIL_SENDERS < 1 or MAIL_ATTEMPTS < 1 or MAIL_PER_MINUTE < 0:
    raise ImproperlyConfigured("MAIL_SENDERS, MAIL_ATTEMPTS: from 1; MAIL_PER_MINUTE: from 0.")
if MAIL_LEASE_SECONDS < 6:
    raise ImproperlyConfigured("MAIL_LEASE_SECONDS: at least 6.")
if MAIL_TOO_LATE_HOURS < 1:
    raise ImproperlyConfigured("MAIL_TOO_LATE_HOURS: at least 1.")
if MAIL_UNCERTAIN not in ("hold", "resend"):
    raise ImproperlyConfigured(f"MAIL_UNCERTAIN is {MAIL_UNCERTAIN!r}: write hold or resend.")

# Predictions ------------------------------------------------------------------------------------
# Lines of invoices that are no products: by type, by name, and those that cost nothing.
PREDICTIONS_EXCLUDED_TYPES = env.list("PREDICTIONS_EXCLUDED_TYPES", default=["service"])
PREDICTIONS_EXCLUDED_NAMES = env.list(
    "PREDICTIONS_EXCLUDED_NAMES", default=["Next Day Carriage", "High Resolution Image"]
)
PREDICTIONS_EXCLUDE_FREE = env.bool("PREDICTIONS_EXCLUDE_FREE", default=True)
# Lifetime value: over so many days, discounted by so much a year, with so much of a sale as profit.
PREDICTIONS_HORIZON_DAYS = env.int("PREDICTIONS_HORIZON_DAYS", default=365)
PREDICTIONS_DISCOUNT = env.float("PREDICTIONS_DISCOUNT", default=0.1)
PREDICTIONS_MARGIN = env.float("PREDICTIONS_MARGIN", default=1.0)
# Up to which of the top percents the value bands reach: top, high, middle.
PREDICTIONS_VALUE_BANDS = env.list("PREDICTIONS_VALUE_BANDS", cast=int, default=[10, 25, 50])
if not 1 <= PREDICTIONS_HORIZON_DAYS <= 1825:
    raise ImproperlyConfigured("PREDICTIONS_HORIZON_DAYS: from 1 to 1825.")
if not (0 <= PREDICTIONS_DISCOUNT <= 1 and 0 <= PREDICTIONS_MARGIN <= 1):
    raise ImproperlyConfigured("PREDICTIONS_DISCOUNT, PREDICTIONS_MARGIN: from 0 to 1.")
if len(PREDICTIONS_VALUE_BANDS) != 3 or sorted(PREDICTIONS_VALUE_BANDS) != PREDICTIONS_VALUE_BANDS:
    raise ImproperlyConfigured("PREDICTIONS_VALUE_BANDS: three rising percents, such as 10,25,50.")
# Customers with changed data are scored again within this many minutes; 0: only every night.
PREDICTIONS_LIVE_MINUTES = env.int("PREDICTIONS_LIVE_MINUTES", default=5)
# The tracking server of MLflow, the experiment that gets each training as a run (with the extra
# "mlflow"; empty: none), and whether the server also gets the trained models.
MLFLOW_TRACKING_URI = env.str("MLFLOW_TRACKING_URI", default="")
MLFLOW_EXPERIMENT = env.str("MLFLOW_EXPERIMENT", default="") or "tranche"
MLFLOW_ARTIFACTS = env.bool("MLFLOW_ARTIFACTS", default=False)

# Deep models (docs/deep-models.md) ----------------------------------------------------------------
# Where networks are fitted: "auto" takes a GPU where torch finds one.
DEEP_DEVICE = env.str("DEEP_DEVICE", default="") or "auto"
if DEEP_DEVICE not in ("auto", "cpu", "cuda"):
    raise ImproperlyConfigured(f"DEEP_DEVICE is {DEEP_DEVICE!r}: write auto, cpu or cuda.")
# How long a training may fit networks; then the best epoch so far is kept.
DEEP_TIME_LIMIT_SECONDS = env.int("DEEP_TIME_LIMIT_SECONDS", default=1800)
if DEEP_TIME_LIMIT_SECONDS < 1:
    raise ImproperlyConfigured("DEEP_TIME_LIMIT_SECONDS: 1 or more.")
# Whether workers of the queue tranche-deep have torch when this process has none.
DEEP_WORKERS = env.bool("DEEP_WORKERS", default=False)

# Personalization --------------------------------------------------------------------------------
# For how many days behaviour is kept, and visitors without an order who did nothing (0: for ever).
KEEP_BEHAVIOR_DAYS = env.days("KEEP_BEHAVIOR_DAYS", default=395)
GUEST_TRACKING_DAYS = env.days("GUEST_TRACKING_DAYS", default=395)
# How many behaviours of one shopper are taken in a minute (0: no limit).
TRACK_RATE_PER_MINUTE = env.int("TRACK_RATE_PER_MINUTE", default=120)
# Storefronts that may send behaviour themselves, and to which content may link:
# https://shop.example and the like.
TRACK_ALLOWED_ORIGINS = env.list("TRACK_ALLOWED_ORIGINS", default=[])
# After this many seconds without activity a customer begins a new session.
SESSION_GAP_SECONDS = env.int("SESSION_GAP_SECONDS", default=1800)
# After so many days what a customer did counts half: in the engagement, in interests.
ENGAGEMENT_HALF_LIFE_DAYS = env.int("ENGAGEMENT_HALF_LIFE_DAYS", default=14)
AFFINITY_HALF_LIFE_DAYS = env.int("AFFINITY_HALF_LIFE_DAYS", default=90)
if SESSION_GAP_SECONDS < 1:
    raise ImproperlyConfigured("SESSION_GAP_SECONDS: at least 1.")
if not (1 <= ENGAGEMENT_HALF_LIFE_DAYS <= 3650 and 1 <= AFFINITY_HALF_LIFE_DAYS <= 3650):
    raise ImproperlyConfigured("ENGAGEMENT_HALF_LIFE_DAYS, AFFINITY_HALF_LIFE_DAYS: 1 to 3650.")
# Codes of the product attributes that hold how many are in stock, what one costs the shop, and the
# brand.
STOCK_ATTRIBUTE = env.str("STOCK_ATTRIBUTE", default="stock")
COST_ATTRIBUTE = env.str("COST_ATTRIBUTE", default="cost")
BRAND_ATTRIBUTE = env.str("BRAND_ATTRIBUTE", default="brand")
# Codes of products' yes-or-no attributes whose share of each customer's spend is counted, such as
# organic; none by which religion, health, politics or orientation show.
VALUE_ATTRIBUTES = env.list("VALUE_ATTRIBUTES", default=[])
# So many of 10,000 customers always see what everybody sees.
HOLDOUT_BASIS_POINTS = env.int("HOLDOUT_BASIS_POINTS", default=500)
if not 0 <= HOLDOUT_BASIS_POINTS <= 10_000:
    raise ImproperlyConfigured("HOLDOUT_BASIS_POINTS: from 0 to 10000.")
# A placement that is not chosen within so many milliseconds shows its default.
EXPERIENCE_DEADLINE_MS = env.int("EXPERIENCE_DEADLINE_MS", default=100)
# So many of the most bought SKUs enter the item weights of personal lists.
LIST_CORE_SKUS = env.int("LIST_CORE_SKUS", default=20_000)
RECOMMENDATION_DEADLINE_MS = env.int("RECOMMENDATION_DEADLINE_MS", default=2_000)
# Variants that are better than the default with less than this probability are passed over; 0: off.
CONFIDENCE_THRESHOLD = env.float("CONFIDENCE_THRESHOLD", default=0.0)
# An experiment has no more variants.
MAX_VARIANTS_PER_TEST = env.int("MAX_VARIANTS_PER_TEST", default=5)
if not 2 <= MAX_VARIANTS_PER_TEST <= 10:
    raise ImproperlyConfigured("MAX_VARIANTS_PER_TEST: from 2 to 10.")
# No offer takes off a larger share, in percent.
OFFER_MAX_PERCENT = env.int("OFFER_MAX_PERCENT", default=30)
if not 0 <= OFFER_MAX_PERCENT <= 100:
    raise ImproperlyConfigured("OFFER_MAX_PERCENT: from 0 to 100.")
# Whether offers of the same priority are ordered by their fit to the customer, best first.
OFFERS_BY_SCORE = env.bool("OFFERS_BY_SCORE", default=False)
# Codes of customers' own attributes by which offers may not differ, such as religion.
PROTECTED_ATTRIBUTES = env.list("PROTECTED_ATTRIBUTES", default=[])
# For how many days exposures are kept (0: for ever).
KEEP_SERVED_DAYS = env.days("KEEP_SERVED_DAYS", default=395)
# Behaviours above this significance (0..1) have interests computed again at once.
SIGNIFICANCE_THRESHOLD = env.float("SIGNIFICANCE_THRESHOLD", default=0.8)
if not 0 <= SIGNIFICANCE_THRESHOLD <= 1:
    raise ImproperlyConfigured("SIGNIFICANCE_THRESHOLD: from 0 to 1.")
# How conversions are credited; the model has to credit each order by itself.
ATTRIBUTION_MODEL = env.str("ATTRIBUTION_MODEL", default="last_touch")
if ATTRIBUTION_MODEL not in {
    *("last_touch", "first_touch", "linear", "position_based", "time_decay"),
}:
    raise ImproperlyConfigured(
        "ATTRIBUTION_MODEL: last_touch, first_touch, linear, position_based or time_decay."
    )
if EXPERIENCE_DEADLINE_MS < 1:
    raise ImproperlyConfigured("EXPERIENCE_DEADLINE_MS: from 1.")
if LIST_CORE_SKUS < 1:
    raise ImproperlyConfigured("LIST_CORE_SKUS: from 1.")
if RECOMMENDATION_DEADLINE_MS < 1:
    raise ImproperlyConfigured("RECOMMENDATION_DEADLINE_MS: from 1.")
if not 0 <= CONFIDENCE_THRESHOLD <= 1:
    raise ImproperlyConfigured("CONFIDENCE_THRESHOLD: from 0 to 1.")

# Django -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "segmentation_site.admin_site.TrancheAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "import_export",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "customers",
    "integrations.shops",
    "integrations.mlflow",
    "conditions",
    "segments",
    "price_rules",
    "predictions",
    "personalization",
    "campaigns",
    "alerts",
    "mcp_server",
]
# The extra `login`: single sign-on and second factors, with tables of their own.
if all(find_spec(name) for name in ("fido2", "jwt", "qrcode")):
    INSTALLED_APPS.append("login")

MIDDLEWARE = [
    # Before all others: each response and each line of the log has the id of its request.
    "segmentation_site.monitoring.request_ids.RequestIdMiddleware",
    # First: probes know neither the site's name nor TLS.
    "segmentation_site.monitoring.middleware.MonitoringMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "segmentation_site.monitoring.tracing.TracingMiddleware",
    "segmentation_site.web.responses.NoStoreMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "segmentation_site.web.statement_limit.StatementLimitMiddleware",
]

if "login" in INSTALLED_APPS:
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1,
        "login.pages.required_factor.RequiredFactorMiddleware",
    )

ROOT_URLCONF = "segmentation_site.urls"
WSGI_APPLICATION = "segmentation_site.wsgi.application"

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
            ],
        },
    },
]

# An empty value means the default, as in a copied example file; a path may hold any character.
DATABASE_URL = env.secret("DATABASE_URL") or (
    f"sqlite:///{quote(str(DATA_DIR.resolve() / 'tranche.sqlite3'))}"
)
DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets readers go on beside the one writer; IMMEDIATE takes the writer's lock at BEGIN, so
    # that two writers queue (timeout, in seconds) where a late upgrade would fail at once.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 60,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

# Streaming replicas that previews, exports and live checks are read from
# (`core.database.replicas`), and how far behind one may be: it is waited for so long at most,
# then the primary is asked.
REPLICA_URLS = env.list("REPLICA_URLS", default=[])
REPLICA_MAX_LAG_SECONDS = env.float("REPLICA_MAX_LAG_SECONDS", default=0.2)
for number, url in enumerate(REPLICA_URLS, start=1):
    # Where a replica's machine is gone, nobody waits for it for longer than this (TCP: ms).
    gone = {"connect_timeout": "2", "tcp_user_timeout": "5000"}
    DATABASES[f"replica-{number}"] = env.db_url_config(url) | {"TEST": {"MIRROR": "default"}}
    DATABASES[f"replica-{number}"].setdefault("OPTIONS", {}).update(gone)
DATABASE_ROUTERS = ["core.database.replicas.Router"] if REPLICA_URLS else []

# No statement of a migration makes others wait longer behind it for a lock (PostgreSQL).
MIGRATE_LOCK_SECONDS = env.float("MIGRATE_LOCK_SECONDS", default=2.0)
if MIGRATE_LOCK_SECONDS < 0.1:
    raise ImproperlyConfigured("MIGRATE_LOCK_SECONDS: from 0.1.")
# PostgreSQL ends a transaction that is idle for so long; a transaction with locks that others wait
# for ends after the shorter time (seconds).
IDLE_TRANSACTION_SECONDS = env.float("IDLE_TRANSACTION_SECONDS", default=60.0)
LOCK_SILENCE_SECONDS = env.float("LOCK_SILENCE_SECONDS", default=10.0)
PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
SERVER_PATIENCE = {
    "idle_in_transaction_session_timeout": f"{round(IDLE_TRANSACTION_SECONDS * 1000)}ms",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
for database in DATABASES.values():
    # SQLite reads the whole schema for each new connection, which takes longer than most requests.
    database["CONN_MAX_AGE"] = 60
    database["CONN_HEALTH_CHECKS"] = True
    if database["ENGINE"] == "django.db.backends.postgresql":
        # Client and server close a connection whose other side is unreachable, instead of waiting.
        # (libpq ignores these on a socket of the same machine.) The server also ends transactions
        # whose process is stopped: see `core.database.idle_timeouts`.
        options = database.setdefault("OPTIONS", {})
        for name, value in PATIENCE.items():
            options.setdefault(name, value)
        # Compiled trees are wide queries over few rows: PostgreSQL's just-in-time compiler takes
        # longer over them than they run (measured: 1.5 s of 1.7 s), and sorts and hashes of ids
        # want memory.
        usual = {"jit": "off", "work_mem": "64MB", **SERVER_PATIENCE}
        said = " ".join(f"-c {name}={value}" for name, value in usual.items())
        # The later of two options counts: the options in the address take precedence.
        options["options"] = f"{said} {options.get('options', '')}".strip()
    elif REPLICA_URLS:
        raise ImproperlyConfigured("REPLICA_URLS: only PostgreSQL has streaming replicas.")

# SQLite ignores the covering columns of PostgreSQL's indexes, as intended. The owner of the domain
# decides on TLS for subdomains and on browsers' preload lists.
SILENCED_SYSTEM_CHECKS = ["models.W040", "security.W005", "security.W021"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Logging in ------------------------------------------------------------------------------------
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = [
    # First: asks whether there were too many failures, and lets nobody in itself.
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Proxies (addresses or networks) whose X-Forwarded-For and X-Request-Id are believed.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
AXES_CLIENT_IP_CALLABLE = "core.access.origin.origin_of"
AXES_HANDLER = "core.access.attempts.Attempts"
AXES_FAILURE_LIMIT = env.int("LOGIN_ATTEMPTS", default=5)
AXES_COOLOFF_TIME = timedelta(seconds=env.int("LOGIN_COOL_OFF_SECONDS", default=900))
# `Attempts` weighs the two.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_LOCKOUT_CALLABLE = "segmentation_site.web.responses.refused_login"
AXES_RESET_ON_SUCCESS = True
# Otherwise repeated attempts would extend the lockout for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
# Times of log-ins are private and not stored; the lines of our own log have the rest.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Single sign-on and second factors (extra `login`; docs/logging-in.md). The OpenID provider, off
# unless all three are set; its addresses come from its own configuration.
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", default="").rstrip("/")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.secret("OIDC_CLIENT_SECRET")
# The button's words, and the part of the address: /accounts/oidc/sso/login/callback/.
OIDC_NAME = env.str("OIDC_NAME", default="") or "Single sign-on"
OIDC_ID = env.str("OIDC_ID", default="") or "sso"
OIDC_SCOPES = env.str("OIDC_SCOPES", default="") or "openid email profile"
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="") or "groups"
# The provider's group = a group here, or "superuser"; at every log-in.
_GROUPS = [one.rpartition("=") for one in env.list("OIDC_GROUPS", default=[])]
OIDC_GROUPS = [(theirs.strip(), ours.strip()) for theirs, _sign, ours in _GROUPS]
# Domains of verified e-mails that may log in; empty: all.
OIDC_DOMAINS = env.list("OIDC_DOMAINS", default=[])
# Whether the first log-in finds a local user by a verified e-mail.
OIDC_LINK_EMAIL = env.bool("OIDC_LINK_EMAIL", default=False)
# The SAML provider's metadata (extra `saml`): an address or a file; and what we are called there.
SAML_IDP_METADATA = env.str("SAML_IDP_METADATA", default="")
SAML_ENTITY_ID = env.str("SAML_ENTITY_ID", default="")
# Passwords are for superusers with a second factor alone, at /admin/login/?local=1.
SSO_ONLY = env.bool("SSO_ONLY", default=False)
# Users who need a second factor with a password: required (all), superusers, optional (nobody).
SECOND_FACTOR = env.str("SECOND_FACTOR", default="") or "optional"
# A session ends after this many hours. Users who create keys must have authenticated within this
# many minutes.
SESSION_HOURS = env.int("SESSION_HOURS", default=336)
REAUTH_MINUTES = env.int("REAUTH_MINUTES", default=15)
if not re.fullmatch("[a-z0-9][a-z0-9_-]*", OIDC_ID):
    raise ImproperlyConfigured("OIDC_ID: lower case, digits, - and _.")
if "openid" not in OIDC_SCOPES.split():
    raise ImproperlyConfigured("OIDC_SCOPES: openid is one of them.")
if not all(theirs and ours and len(ours) <= 150 for theirs, ours in OIDC_GROUPS):
    raise ImproperlyConfigured("OIDC_GROUPS: their-group=our-group, with commas between.")
if SECOND_FACTOR not in {"optional", "required", "superusers"}:
    raise ImproperlyConfigured("SECOND_FACTOR: optional, required or superusers.")
if not 1 <= SESSION_HOURS <= 24 * 366:
    raise ImproperlyConfigured("SESSION_HOURS: from 1 to 8784.")
if not 1 <= REAUTH_MINUTES <= 24 * 60:
    raise ImproperlyConfigured("REAUTH_MINUTES: from 1 to 1440.")
_HAS_OIDC = bool(OIDC_SERVER_URL and OIDC_CLIENT_ID and OIDC_CLIENT_SECRET)
if SSO_ONLY and not (_HAS_OIDC or SAML_IDP_METADATA):
    raise ImproperlyConfigured(
        "SSO_ONLY needs OIDC_SERVER_URL with its client, or SAML_IDP_METADATA."
    )
SESSION_COOKIE_AGE = SESSION_HOURS * 3600

# For users who have chosen no language, in the admin or in their browser, and for commands.
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "segmentation_site.formats"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = DEFAULT_TIME_ZONE
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Files are served straight from their sources: no collectstatic, hence no STATIC_ROOT.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Monitoring -------------------------------------------------------------------------------------
# Requests with this bearer token may read /metrics; if it is empty, only this machine may.
METRICS_TOKEN = env.secret("METRICS_TOKEN")

# Traces and metrics go to this collector of OpenTelemetry (the extra otel); empty: nowhere. The
# standard variables OTEL_... count.
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
# "otlp": the figures of /metrics go there, too, each minute.
OTEL_METRICS_EXPORTER = env.str("OTEL_METRICS_EXPORTER", default="")
# Whether spans of the database have the text of the statement, with placeholders for its values.
OTEL_DB_STATEMENTS = env.bool("OTEL_DB_STATEMENTS", default=False)
# Whether a request's traceparent is the parent of its span; otherwise it is a link.
TRUST_TRACEPARENT = env.bool("TRUST_TRACEPARENT", default=False)

# Security ---------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
# For a server behind a proxy that ends TLS and says so in X-Forwarded-Proto.
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=False)
if HTTPS_ONLY:
    SECURE_SSL_REDIRECT = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600)
# A tree may have 200 nodes and 256 KB; Django's own limit counts fields, not bytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
# Bytes of a request with a file in it; a list of 1,000,000 customers has about 40 MB.
UPLOAD_LIMIT = env.int("UPLOAD_LIMIT_MB", default=64) * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "customers.admin.files.uploads.BoundedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# The API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["core.access.authentication.Credentials"],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.permissions.HasNamedPermissions"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsing.ExactJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.throttles.ApiRate"],
    "DEFAULT_SCHEMA_CLASS": "core.api.openapi.schema.Schema",
    "EXCEPTION_HANDLER": "core.api.refusals.problem_response",
    # "format" is a query parameter like any other: declared, or refused as unknown.
    "URL_FORMAT_OVERRIDE": None,
}
# Calls a minute of one user; 0: no limit.
API_RATE = env.int("API_RATE", default=6_000)
PREVIEW_RATE = env.int("PREVIEW_RATE", default=600)
ML_TRAIN_RATE = env.int("ML_TRAIN_RATE", default=10)
ML_PREDICT_RATE = env.int("ML_PREDICT_RATE", default=600)
TRACK_RATE = env.int("TRACK_RATE", default=6_000)
SERVE_RATE = env.int("SERVE_RATE", default=6_000)
ANALYTICS_RATE = env.int("ANALYTICS_RATE", default=60)
# Tools for assistants at /mcp/ (extra "mcp"), and pages of which other origins may call them, such
# as https://assistant.example.
MCP_ENABLED = env.bool("MCP_ENABLED", default=False)
MCP_ORIGINS = env.list("MCP_ORIGINS", default=[])
# For how long a POST that is sent again with its Idempotency-Key gets the first answer.
IDEMPOTENCY_HOURS = env.float("IDEMPOTENCY_HOURS", default=24)
# Where the web processes count calls together (redis://...); without it, each for itself.
CACHE_URL = env.secret("CACHE_URL")
CACHES = {
    "default": env.cache_url_config(CACHE_URL)
    if CACHE_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tranche",
    "DESCRIPTION": "Customer segments for shops. Each call's permission stands with it.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "RunState": "segments.models.RunState",
        "ExportFormat": "segments.models.ExportFormat",
        "ErasureState": "customers.models.ErasureState",
        "ConsentSaid": "customers.models.ConsentState",
        "ConsentPurpose": "customers.models.Purpose",
        "ErasedOrders": "customers.models.Orders",
        "OverrideKind": "segments.models.OverrideKind",
        "ChangeKind": "segments.models.ChangeKind",
    },
}

# Files that people take out and put in through the admin -----------------------------------------
# A cell of text must not become a formula in whatever opens the file.
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "change"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"

# Celery -----------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.secret("CELERY_BROKER_URL") or "filesystem://localhost/"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "folder": str(DATA_DIR / "queue"),
        "polling_interval": 0.05,  # seconds
    }
    # Each message there is for one reader; remote control needs some for all.
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A task of a newer release is not lost to a worker of this one.
CELERY_WORKER_CONSUMER = "segmentation_site.workers.unknown_tasks:Consumer"
# After how many tasks Celery closes a connection: never, `segmentation_site.celery` does.
CELERY_DB_REUSE_MAX = sys.maxsize
CELERY_TIMEZONE = DEFAULT_TIME_ZONE
CELERY_BEAT_SCHEDULER = "segmentation_site.workers.heartbeat:LivingScheduler"
# The database has the due work, and the tick reads it there. The nightly refresh has no entry of
# its own: the tick finds the segments whose schedules are due, also of missed nights.
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "segments.tick", "schedule": 1.0, "options": {"expires": 5}},
    # If every worker of short work is stopped or stuck, workers of refreshes run the tick, too.
    "tick of the others": {
        "task": "segments.tick",
        "schedule": 5.0,
        "options": {"expires": 5, "queue": "tranche-refresh"},
    },
    "webhooks": {"task": "segments.webhooks", "schedule": 2.0, "options": {"expires": 5}},
    "exports": {"task": "segments.exports", "schedule": 2.0, "options": {"expires": 5}},
    "totals": {"task": "segments.keep_totals", "schedule": 60.0, "options": {"expires": 50}},
    "partitions": {
        "task": "segments.keep_partitions",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "reconcile": {"task": "segments.reconcile", "schedule": crontab(hour="3", minute="20")},
    "purge": {"task": "segments.purge", "schedule": crontab(hour="3", minute="40")},
    "erasures": {"task": "customers.erase_due", "schedule": 5.0, "options": {"expires": 5}},
    "purge of shop data": {
        "task": "customers.purge",
        "schedule": crontab(hour="4", minute="10"),
    },
}
# Functions that say whether a task may find work, for tasks that mostly find none: beat asks them
# before it sends a message (`core.load.schedule`).
BEAT_CHECKS = {
    "segments.tick": "segments.engine.tick.is_work_due",
    "segments.webhooks": "segments.webhooks.delivery.has_endpoints",
    "segments.exports": "segments.export.background.schedule.has_exports",
    "customers.erase_due": "customers.privacy.erasing.has_erasures",
}
# Short work must not wait behind a long refresh: a worker may serve either queue alone.
CELERY_TASK_DEFAULT_QUEUE = "tranche"
CELERY_TASK_ROUTES = {
    name: {"queue": "tranche-refresh"}
    for name in (
        *("segments.refresh_run", "segments.refresh_shard", "segments.process_costly"),
        *("segments.write_export", "segments.keep_totals"),
    )
}
# Neither kind of work should wait for another company's server.
CELERY_TASK_ROUTES["segments.deliver_webhooks"] = {"queue": "tranche-webhooks"}
# Named here, all are served by a worker without `--queues`.
CELERY_TASK_QUEUES = {
    name: {"exchange": name, "routing_key": name}
    for name in (
        *("tranche", "tranche-refresh", "tranche-webhooks", "tranche-predictions"),
        "tranche-deep",
    )
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}{ids}: {message}", "style": "{"}
    },
    "filters": {
        "not_each_tick": {"()": "segmentation_site.monitoring.logs.NotEachTick"},
        "refusals": {"()": "segmentation_site.monitoring.logs.RefusalsInOneLine"},
        "nobody": {"()": "segmentation_site.monitoring.logs.NobodysAddress"},
        "ids": {"()": "segmentation_site.monitoring.logs.RequestIds"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["not_each_tick", "refusals", "nobody", "ids"],
        }
    },
    # Django's own handlers would say everything a second time.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # `core.access` says the same in one line.
        "axes": {"level": "ERROR"},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
