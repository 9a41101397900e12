"""The application as a WSGI server loads it, with the settings of the environment."""

from creditbridge.app.settings import load
from creditbridge.app.web import create_app

app = create_app(load())
