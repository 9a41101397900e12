from creditbridge.access.rules import Role


def test_the_catalogue_is_listed_and_searched(as_actor, people):
    actor = people.member(Role.PLATFORM_REGULATOR)
    page = as_actor(actor)
    assert "信用信息共" in page.get("/platform/records/items").get_data(as_text=True)
    found = page.get("/platform/records/items?q=失信被执行人&polarity=adverse").get_data(as_text=True)
    assert "judicial.dishonest" in found
    assert "judicial.dishonest_fulfilled" not in found
    assert "没有符合条件的信用信息项" in page.get("/platform/records/items?q=%00nothing").get_data(
        as_text=True
    )
