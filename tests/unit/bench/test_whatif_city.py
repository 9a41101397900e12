"""The measured city is written as text at once, and says what its firms' values say one by one."""

import json

from creditbridge.bench.matching_city import firm_of, make_city
from creditbridge.bench.whatif_city import FACTS, stored_facts
from creditbridge.facts.columns import FactColumns


def test_facts_are_written_as_values_are_stored():
    city = make_city(300)
    some = FactColumns(city.firm_nos, {key: city.columns[key] for key in FACTS})
    written = [json.loads(text) for text in stored_facts(city)]
    assert written == [firm_of(some, place).to_json()["values"] for place in range(300)]
    assert any(len(one) < len(FACTS) for one in written), "some facts are not known"
