import pickle

import pytest

from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.words import Words

WORDS = Words("不行。", "No.")


@pytest.mark.parametrize(
    "error",
    [
        InvalidInput({"file": [WORDS]}, WORDS, code="file_damaged"),
        Conflict("busy", WORDS, until=3),
        NotFound(WORDS),
        NotAllowed(),
    ],
)
def test_an_error_reaches_another_process_as_it_is(error):
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - of this very process
    assert type(again) is type(error)
    assert (again.code, again.words, again.details) == (error.code, error.words, error.details)
    assert (str(again), getattr(again, "fields", None)) == (str(error), getattr(error, "fields", None))
