"""The application as a WSGI server loads it, with the settings of the environment."""

import gc

gc.disable()  # an eighth of the time to load everything went into looking for garbage, and there is none yet

from creditbridge.app import place  # noqa: E402
from creditbridge.app.settings import load, prepare_data_dir  # noqa: E402
from creditbridge.app.web import create_app  # noqa: E402

settings = load()
prepare_data_dir(settings)
place.wait_until_prepared(settings)
app = create_app(settings)

gc.freeze()  # what is loaded stays to the end, and need not be looked through again
gc.enable()
