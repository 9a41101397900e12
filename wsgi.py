"""The WSGI entry point: ``granian --interface wsgi wsgi:app`` or ``gunicorn wsgi:app``."""

from creditbridge.app.wsgi import app

__all__ = ["app"]
