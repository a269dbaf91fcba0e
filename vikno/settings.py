"""Django's settings. The only file that knows both the environment and Django."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from vikno import environment as env

ENVIRONMENT = env.read()
PACKAGE = Path(__file__).parent
DATA = ENVIRONMENT.data
BASE_URL = ENVIRONMENT.base_url

SECRET_KEY = env.secret_key(ENVIRONMENT)
DEBUG = False
ALLOWED_HOSTS = ["*"]  # the host is checked against VIKNO_BASE_URL and loopback by vikno.core.middleware
ROOT_URLCONF = "vikno.urls"
DATABASES = {"default": env.database(ENVIRONMENT)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_prose_editor",
    "vikno.core",
    "vikno.journal",
    "vikno.accounts",
    "vikno.people",
    "vikno.staff",
    "vikno.dialogs",
    "vikno.tickets",
    "vikno.tasks",
    "vikno.intake",
    "vikno.search",
    "vikno.replies",
    "vikno.notices",
    "vikno.channels.manual",
    "vikno.channels.email",
    "vikno.live",
    "vikno.health",
    "vikno.desk",
    "vikno.api",
    "vikno.welcome",
    "vikno.care",
]

MIDDLEWARE = [
    "vikno.core.middleware.known_host",
    "vikno.core.middleware.security_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "vikno.accounts.middleware.session_seen",
    "vikno.accounts.middleware.second_factor_first",
    "django_htmx.middleware.HtmxMiddleware",
    "vikno.core.middleware.once_more_after_a_deadlock",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "core" / "templates", PACKAGE / "accounts" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "vikno.core.pages.environment",
            "context_processors": [
                "vikno.core.pages.token_of_forms",
                "django.contrib.messages.context_processors.messages",
                "vikno.accounts.zones.context",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
_ROOMS = ("staff", "channels/email", "desk", "welcome", "care")
TEMPLATES[0]["DIRS"] += [PACKAGE / room / "templates" for room in _ROOMS]  # type: ignore[operator]

# Languages. Instants are UTC; each viewer's zone is applied where a page is made.
LANGUAGES = [("uk", "Українська"), ("ru", "Русский"), ("en", "English")]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_COOKIE_NAME = "vikno_language"

# Sessions and cookies
# Not cached: a session ended by another process must be over here too, and a sign-in may pass through several.
SESSION_ENGINE = "vikno.accounts.session_store"
SESSION_COOKIE_NAME = "vikno_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "vikno_csrf"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SECURE_CONTENT_TYPE_NOSNIFF = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Signing in
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "vikno.accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
_WORDED = "vikno.accounts.allauth_words."
ACCOUNT_FORMS = {
    "login": _WORDED + "LoginForm",
    "add_email": _WORDED + "AddEmailForm",
    "change_password": _WORDED + "ChangePasswordForm",
    "set_password": _WORDED + "SetPasswordForm",
    "reset_password": _WORDED + "ResetPasswordForm",
    "reset_password_from_key": _WORDED + "ResetPasswordKeyForm",
    "reauthenticate": _WORDED + "ReauthenticateForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody can make us write to a stranger
ACCOUNT_CHANGE_EMAIL = True  # a new address takes the old one's place once its link was clicked
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
PASSWORD_RESET_TIMEOUT = 3 * 3600
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up here, and a new address must be possible with a second factor
MFA_TOTP_ISSUER = "Vikno"
MFA_FORMS = {
    "authenticate": _WORDED + "AuthenticateForm",
    "reauthenticate": _WORDED + "ReauthenticateByCodeForm",
    "activate_totp": _WORDED + "ActivateTotpForm",
    "add_webauthn": _WORDED + "AddKeyForm",
    "edit_webauthn": _WORDED + "RenameKeyForm",
}
MFA_ADAPTER = "vikno.accounts.adapter.SecondFactors"
USERSESSIONS_TRACK_ACTIVITY = False  # it would write at every request; vikno.accounts.middleware writes seldom

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # files of ours: vikno.core.files
    "staticfiles": {"BACKEND": "vikno.assets.Addresses"},
}
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
LANGUAGES_NAMED = {"uk": _("Ukrainian"), "ru": _("Russian"), "en": _("English")}

LOGGING_CONFIG = None  # vikno.core.logs sets logging up
