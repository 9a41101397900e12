"""The application as a WSGI server loads it, with the settings of the environment."""

from creditbridge.app.settings import load, prepare_data_dir
from creditbridge.app.web import create_app

settings = load()
prepare_data_dir(settings)
app = create_app(settings)
