"""The WSGI entry point: ``granian --interface wsgi wsgi:app`` or ``gunicorn wsgi:app``."""

from creditbridge.app.settings import load
from creditbridge.app.web import create_app

app = create_app(load())
