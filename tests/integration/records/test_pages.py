import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound
from creditbridge.records import batches, catalogue
from creditbridge.store.audit import AuditEntry
from tests.firms import register_firm
from tests.lake import opened

HEAD = "uni_social_crd_cd,busexclist,inclu_dt,remove_dt,inclu_reason"


@pytest.fixture
def page(as_actor, administrator):
    return as_actor(administrator)


@pytest.fixture
def content(database):
    with database.write() as session:
        code = register_firm(session).uscc
    return f"{HEAD}\n{code},1,2025-03-01,,年报\n{code},2,2025-02-30,,年报\n".encode()


def send(page, content, name="名单.csv", **fields):
    data = {"feed": "abnormal_list", "file": (io.BytesIO(content), name), **fields}
    return page.post("/platform/records/batches", data=data, content_type="multipart/form-data")


def test_an_upload_is_taken_and_its_quality_shown(page, content, database):
    answer = send(page, content)
    assert answer.status_code == 302
    shown = page.get(answer.location).get_data(as_text=True)
    for words in (
        "名单.csv",
        "经营异常名录信息",
        "已接收",
        "日期有误",
        "2025-02-30",
        "下载问题数据",
        "填写率",
    ):
        assert words in shown
    assert sum(opened(database).rows().values()) == 1
    file = page.get(f"{answer.location}/quarantine")
    assert file.headers["Content-Disposition"].startswith("attachment; filename=quarantine-")
    lines = file.get_data().decode("utf-8-sig").splitlines()
    assert lines[0] == f"{HEAD},问题"
    mended = "\n".join(lines).replace("2025-02-30", "2025-02-28").encode("utf-8-sig")
    assert send(page, mended, "mended.csv").status_code == 302
    assert sum(opened(database).rows().values()) == 2
    assert "mended.csv" in page.get("/platform/records/batches?feed=abnormal_list&state=taken").get_data(
        as_text=True
    )


def test_sending_twice_is_told_and_harmless(page, content, database):
    send(page, content)
    again = send(page, content)
    assert again.status_code == 422
    assert "没有重复接收" in again.get_data(as_text=True)
    assert sum(opened(database).rows().values()) == 1


def test_checking_only_writes_nothing(page, content, database):
    answer = send(page, content, _action="check")
    assert "未写入任何内容" in answer.get_data(as_text=True)
    with database.read() as session:
        assert not batches.listed(session).batches


@pytest.mark.parametrize(
    ("feed", "says"), [("nothing", "请选择数据源"), ("abnormal_list", "请选择要接收的文件")]
)
def test_what_is_missing_is_told(page, feed, says):
    answer = page.post("/platform/records/batches", data={"feed": feed})
    assert (answer.status_code, says in answer.get_data(as_text=True)) == (422, True)


def test_feeds_are_listed_with_their_mapping(page, content):
    send(page, content)
    assert "经营异常名录信息" in page.get("/platform/records/feeds").get_data(as_text=True)
    shown = page.get("/platform/records/feeds/abnormal_list").get_data(as_text=True)
    assert "penalty.abnormal_unreachable" in shown
    assert "列入日期" in shown
    assert page.get("/platform/records/feeds/exchange").status_code == 200
    assert page.get("/platform/records/feeds/nothing").status_code == 404


def test_only_administrators_send_and_see_what_waits(as_actor, people, page, content):
    location = send(page, content).location
    regulator = as_actor(people.member(Role.PLATFORM_REGULATOR))
    shown = regulator.get(location).get_data(as_text=True)
    assert "日期有误" in shown
    assert "2025-02-30" not in shown
    assert regulator.get(f"{location}/quarantine").status_code == 403
    assert send(regulator, content).status_code == 403


def test_taking_the_waiting_rows_out_is_written_down(page, content, database):
    location = send(page, content).location
    page.get(location)
    assert not _taken_out(database)
    page.get(f"{location}/quarantine")
    assert [(entry.subject_id, entry.details) for entry in _taken_out(database)] == [
        (location.rsplit("/", 1)[-1], {"rows": 1})
    ]


def _taken_out(database):
    with database.read() as session:
        asked = select(AuditEntry).where(AuditEntry.action == "records.quarantine_taken_out")
        return session.scalars(asked).all()


def test_waiting_rows_are_removed_after_their_time(page, content, database):
    public_id = send(page, content).location.rsplit("/", 1)[-1]
    last = clock.now() + timedelta(days=catalogue.loaded().quarantine_days)
    with clock.at(last), database.read() as session:
        assert batches.remove_past_rows(database) == 0
        assert batches.quarantined_rows(session, batches.batch(session, public_id), "zh")
    with clock.at(last + timedelta(days=1)), database.read() as session:
        with pytest.raises(NotFound):
            batches.quarantined_rows(session, batches.batch(session, public_id), "zh")
        assert (batches.remove_past_rows(database), batches.remove_past_rows(database)) == (1, 0)


def test_a_batch_says_that_its_rows_are_gone(as_actor, people, page, content):
    location = send(page, content).location
    assert "这些行保存至" in page.get(location).get_data(as_text=True)
    with clock.at(clock.now() + timedelta(days=400)):
        later = as_actor(people.member(Role.PLATFORM_ADMINISTRATOR))
        shown = later.get(location).get_data(as_text=True)
        assert "到期清除" in shown
        assert "2025-02-30" not in shown
        assert later.get(f"{location}/quarantine").status_code == 404


def test_a_source_is_set_fetched_and_stopped(page, monkeypatch):
    from creditbridge.outbound import service as outbound

    monkeypatch.setattr(
        outbound,
        "resolve_all",
        lambda host, _port: ["93.184.216.34"] if host == "feeds.example.com" else ["10.0.0.1"],
    )
    address = "/platform/records/feeds/abnormal_list"
    inside = page.post(f"{address}/source", data={"url": "https://inside.example.com/", "every_hours": "24"})
    assert inside.status_code == 422
    assert "内部" in inside.get_data(as_text=True)
    assert page.post(f"{address}/fetch").status_code == 404
    good = {"url": "https://feeds.example.com/list.csv", "every_hours": "24", "token": "secret-token"}
    assert page.post(f"{address}/source", data=good).status_code == 302
    shown = page.get(address).get_data(as_text=True)
    assert "https://feeds.example.com/list.csv" in shown
    assert "secret-token" not in shown
    assert page.post(f"{address}/fetch").status_code == 302
    assert page.post(f"{address}/stop").status_code == 302
    assert page.post(f"{address}/stop").status_code == 302
    assert page.post(f"{address}/fetch").status_code == 409
    assert page.post("/platform/records/feeds/nothing/source", data=good).status_code == 404
