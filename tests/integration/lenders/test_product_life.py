"""A product from draft to retirement: who may take which step, and what each step leaves behind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from creditbridge.access.rules import Actor, Role
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.notices.model import Notice
from creditbridge.store import change_counter
from creditbridge.store.audit import AuditEntry
from creditbridge.store.database import Database
from lenders.admission.tree import Criterion, Group, Mode, Operator, Test, Tree
from lenders.institutions import onboarding
from lenders.products import deciding, drafting, lookup, service
from lenders.products.lifecycle import ProductState, VersionState
from lenders.products.model import ProductVersion
from lenders.products.rules import ApplicantKind, Draft, ProductTerms
from tests.people import People

GRADE = Criterion("grade", Test("platform_grade", Operator.AT_LEAST, "B"))


def rule(*criteria: Criterion) -> Tree:
    return Tree(Group(Mode.ALL, criteria))


def state_of(database: Database, public_id: str) -> tuple[str, str]:
    with database.read() as session:
        row = session.scalars(
            select(ProductVersion)
            .join(ProductVersion.product)
            .where(ProductVersion.product.has(public_id=public_id))
        ).all()[-1]
        return row.product.state, row.state


def test_a_draft_waits_for_nobody(town, officers, draft, database):
    assert state_of(database, town.drafted(officers, draft)) == ("unpublished", "draft")


def test_the_whole_way_ends_live_and_open(town, officers, draft, database):
    product = town.published(officers, draft)
    assert state_of(database, product.public_id) == ("open", "live")
    assert product.name.zh == "助企贷"
    assert product.lender.organisation_id == officers.lender.organisation_id


def test_only_a_product_manager_writes(town, officers, draft, session):
    for actor in (officers.approver, officers.reviewer):
        with pytest.raises(NotAllowed):
            drafting.create_product(session, actor, draft)


def test_a_lender_that_is_not_approved_writes_nothing(town, draft, database):
    waiting = town.lender(approved=False)
    with database.write() as session, pytest.raises(NotAllowed):
        drafting.create_product(session, waiting.manager, draft)


def test_a_draft_without_description_is_not_submitted(town, officers, draft, database):
    public_id = town.drafted(officers, replace(draft, terms=ProductTerms()))
    with database.write() as session, pytest.raises(InvalidInput) as refused:
        drafting.submit(session, officers.manager, public_id)
    assert set(refused.value.fields) == {"description_zh"}


def test_a_rule_that_means_nothing_is_not_submitted(town, officers, draft, database):
    wrong = rule(Criterion("odd", Test("platform_grade", Operator.AT_LEAST, "Z")))
    public_id = town.drafted(officers, replace(draft, admission=wrong))
    with database.write() as session, pytest.raises(InvalidInput) as refused:
        drafting.submit(session, officers.manager, public_id)
    assert "criteria" in refused.value.fields


def test_only_an_approver_of_the_lender_approves(town, officers, draft, admin, session_after):
    public_id = town.submitted(officers, draft)
    for actor in (officers.manager, officers.reviewer, admin):
        with session_after() as session, pytest.raises(NotAllowed):
            deciding.approve(session, actor, public_id)


@pytest.fixture
def session_after(database: Database):
    """A write unit opened when it is needed: SQLite has one writer at a time."""
    return database.write


def test_whoever_wrote_any_part_never_approves_it(town, officers, draft, database):
    public_id = town.submitted(officers, draft)
    author_now_approver = replace(officers.manager, role=Role.LENDER_APPROVER)
    with database.write() as session, pytest.raises(RuleRefused) as refused:
        deciding.approve(session, author_now_approver, public_id)
    assert refused.value.code == "own_work"


def test_every_editor_counts_as_an_author(town, officers, draft, database, people):
    public_id = town.drafted(officers, draft)
    second = people.member(Role.LENDER_PRODUCT_MANAGER, officers.lender.organisation)
    with database.write() as session:
        version = lookup.version_in_work(lookup.product(session, second, public_id))
        drafting.save_draft(session, second, public_id, draft, seen=version.version)
        drafting.submit(session, officers.manager, public_id)
    with database.write() as session, pytest.raises(RuleRefused):
        deciding.approve(session, replace(second, role=Role.LENDER_APPROVER), public_id)


def test_only_the_platform_publishes(town, officers, draft, database):
    public_id = town.approved(officers, draft)
    for actor in (officers.manager, officers.approver):
        with database.write() as session, pytest.raises(NotAllowed):
            deciding.publish(session, actor, public_id)


def test_publishing_before_approval_is_refused(town, officers, draft, admin, database):
    public_id = town.submitted(officers, draft)
    with database.write() as session, pytest.raises(Conflict):
        deciding.publish(session, admin, public_id)


def test_a_suspended_lender_is_not_published(town, officers, draft, admin, database):
    public_id = town.approved(officers, draft)
    with database.write() as session:
        onboarding.take_step(session, admin, officers.lender.public_id, "suspend", "检查")
    with database.write() as session, pytest.raises(RuleRefused) as refused:
        deciding.publish(session, admin, public_id)
    assert refused.value.code == "lender_not_approved"


def test_a_return_needs_a_reason(town, officers, draft, database):
    public_id = town.submitted(officers, draft)
    with database.write() as session, pytest.raises(InvalidInput):
        deciding.return_to_draft(session, officers.approver, public_id, "  ")


def test_a_return_gives_the_draft_back_with_its_reason(town, officers, draft, database):
    public_id = town.submitted(officers, draft)
    with database.write() as session:
        version = deciding.return_to_draft(session, officers.approver, public_id, "利率要写清楚")
        assert (version.state, version.returned_reason) == ("draft", "利率要写清楚")


def test_the_approver_cannot_return_what_waits_for_the_platform(town, officers, draft, database):
    public_id = town.approved(officers, draft)
    with database.write() as session, pytest.raises(NotAllowed):
        deciding.return_to_draft(session, officers.approver, public_id, "再改改")


def test_the_platform_cannot_return_what_waits_for_the_approver(town, officers, draft, admin, database):
    public_id = town.submitted(officers, draft)
    with database.write() as session, pytest.raises(NotAllowed):
        deciding.return_to_draft(session, admin, public_id, "不合适")


def test_after_a_return_the_approval_is_taken_anew(town, officers, draft, admin, database):
    public_id = town.approved(officers, draft)
    with database.write() as session:
        deciding.return_to_draft(session, admin, public_id, "补充材料清单")
        drafting.submit(session, officers.manager, public_id)
    with database.write() as session, pytest.raises(Conflict):
        deciding.publish(session, admin, public_id)


def test_another_lenders_product_is_not_found(town, officers, draft, database):
    public_id = town.submitted(officers, draft)
    stranger = town.lender()
    steps = (
        lambda s: lookup.product(s, stranger.reviewer, public_id),
        lambda s: drafting.submit(s, stranger.manager, public_id),
        lambda s: drafting.start_version(s, stranger.manager, public_id),
        lambda s: deciding.approve(s, stranger.approver, public_id),
        lambda s: deciding.return_to_draft(s, stranger.approver, public_id, "x"),
        lambda s: deciding.suspend(s, stranger.manager, public_id, "x"),
    )
    for step in steps:
        with database.write() as session, pytest.raises(NotFound):
            step(session)


def test_a_new_version_starts_from_the_live_one(town, officers, draft, database):
    product = town.published(officers, replace(draft, admission=rule(GRADE)))
    with database.write() as session:
        version = drafting.start_version(session, officers.manager, product.public_id)
        assert (version.number, version.state) == (2, "draft")
        assert version.admission == rule(GRADE).to_json()


def test_there_is_one_version_in_work(town, officers, draft, database):
    product = town.published(officers, draft)
    with database.write() as session:
        drafting.start_version(session, officers.manager, product.public_id)
    with database.write() as session, pytest.raises(Conflict) as refused:
        drafting.start_version(session, officers.manager, product.public_id)
    assert refused.value.code == "version_in_work"


def publish_second(town, officers, product, draft: Draft) -> None:
    admin: Actor = town.admin
    with town.database.write() as session:
        version = drafting.start_version(session, officers.manager, product.public_id)
        drafting.save_draft(session, officers.manager, product.public_id, draft, seen=version.version)
        drafting.submit(session, officers.manager, product.public_id)
        deciding.approve(session, officers.approver, product.public_id)
        deciding.publish(session, admin, product.public_id)


def test_the_next_live_version_replaces_the_one_before(town, officers, draft, database):
    product = town.published(officers, draft)
    publish_second(town, officers, product, replace(draft, name_zh="助企贷升级版"))
    with database.read() as session:
        states = session.execute(select(ProductVersion.number, ProductVersion.state)).all()
        assert {tuple(row) for row in states} == {(1, "replaced"), (2, "live")}
        assert service.published_product(session, product.public_id).name.zh == "助企贷升级版"


def test_an_old_version_still_says_what_it_said(town, officers, draft, database):
    product = town.published(officers, draft)
    publish_second(town, officers, product, replace(draft, name_zh="助企贷升级版"))
    with database.read() as session:
        assert service.version(session, product.version_id).name.zh == "助企贷"


def test_a_live_version_cannot_be_rewritten(town, officers, draft, database):
    product = town.published(officers, draft)
    with pytest.raises(AssertionError), database.write() as session:
        session.get_one(ProductVersion, product.version_id).name_zh = "改名"


def test_a_live_version_is_no_draft_to_save(town, officers, draft, database):
    product = town.published(officers, draft)
    with database.write() as session, pytest.raises(Conflict):
        drafting.save_draft(session, officers.manager, product.public_id, draft, seen=1)


def test_a_draft_saved_meanwhile_is_not_overwritten(town, officers, draft, database):
    public_id = town.drafted(officers, draft)
    with database.write() as session:
        drafting.save_draft(session, officers.manager, public_id, draft, seen=1)
    with database.write() as session, pytest.raises(Conflict) as refused:
        drafting.save_draft(session, officers.manager, public_id, draft, seen=1)
    assert refused.value.details["current"] == 2


def test_a_version_that_changed_since_it_was_read_is_not_approved(town, officers, draft, database):
    public_id = town.submitted(officers, draft)
    with database.write() as session, pytest.raises(Conflict):
        deciding.approve(session, officers.approver, public_id, seen=1)


def test_the_first_version_cannot_be_discarded(town, officers, draft, database):
    public_id = town.drafted(officers, draft)
    with database.write() as session, pytest.raises(RuleRefused):
        drafting.discard_draft(session, officers.manager, public_id)


def test_a_later_draft_can_be_discarded(town, officers, draft, database):
    product = town.published(officers, draft)
    with database.write() as session:
        drafting.start_version(session, officers.manager, product.public_id)
        drafting.discard_draft(session, officers.manager, product.public_id)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ProductVersion)) == 1


def test_suspending_resuming_and_retiring(town, officers, draft, database):
    public_id = town.published(officers, draft).public_id
    with database.write() as session:
        deciding.suspend(session, officers.manager, public_id, "额度调整")
        deciding.resume(session, officers.manager, public_id)
        deciding.suspend(session, officers.manager, public_id, "产品停办")
        assert deciding.retire(session, officers.manager, public_id, "产品停办").state == ProductState.RETIRED


def test_an_open_product_is_suspended_before_it_is_retired(town, officers, draft, database):
    public_id = town.published(officers, draft).public_id
    with database.write() as session, pytest.raises(Conflict):
        deciding.retire(session, officers.manager, public_id, "停办")


def test_what_the_platform_suspended_the_platform_resumes(town, officers, draft, admin, database):
    public_id = town.published(officers, draft).public_id
    with database.write() as session:
        deciding.suspend(session, admin, public_id, "投诉核查")
    with database.write() as session, pytest.raises(RuleRefused):
        deciding.resume(session, officers.manager, public_id)
    with database.write() as session:
        assert deciding.resume(session, admin, public_id).state == ProductState.OPEN


def test_a_retired_product_takes_no_new_version(town, officers, draft, database):
    public_id = town.published(officers, draft).public_id
    with database.write() as session:
        deciding.suspend(session, officers.manager, public_id, "停办")
        deciding.retire(session, officers.manager, public_id, "停办")
    with database.write() as session, pytest.raises(RuleRefused):
        drafting.start_version(session, officers.manager, public_id)


def test_what_firms_see_raises_the_change_counter(town, officers, draft, database):
    public_id = town.approved(officers, draft)
    manager = officers.manager
    steps = (
        lambda s: deciding.publish(s, town.admin, public_id),
        lambda s: deciding.suspend(s, manager, public_id, "x"),
        lambda s: deciding.resume(s, manager, public_id),
    )
    for step in steps:
        with database.write() as session:
            before = change_counter.current(session)
            step(session)
            assert change_counter.current(session) > before


def test_each_step_stands_in_the_audit_trail(town, officers, draft, database):
    town.published(officers, draft)
    with database.read() as session:
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.startswith("product.")).order_by(AuditEntry.id)
        ).all()
    assert actions == ["product.created", "product.submitted", "product.approved", "product.published"]


def test_submitting_puts_a_to_do_before_the_approver(town, officers, draft, database):
    town.submitted(officers, draft)
    with database.read() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "product.to_approve")).one()
        assert (notice.organisation_id, notice.is_todo) == (officers.lender.organisation_id, True)
        assert Role.LENDER_APPROVER.value in notice.roles


def test_approving_closes_that_to_do_and_opens_the_platforms(town, officers, draft, admin, database):
    town.approved(officers, draft)
    with database.read() as session:
        open_todos = session.scalars(select(Notice).where(Notice.is_todo, Notice.done_at.is_(None))).all()
    assert [(row.kind, row.organisation_id) for row in open_todos] == [
        ("product.to_publish", admin.organisation_id)
    ]


def test_a_product_for_natural_persons_says_so(town, officers, draft):
    product = town.published(officers, replace(draft, applicant_kind=ApplicantKind.NATURAL_PERSON))
    assert not product.for_firms


def test_the_state_words_cover_every_state():
    assert set(VersionState) == {"draft", "pending_approval", "pending_publication", "live", "replaced"}


def test_members_of_other_organisations_are_not_told_apart(town, officers, draft, database, people: People):
    public_id = town.drafted(officers, draft)
    firm = people.member(Role.FIRM_OWNER)
    with database.read() as session, pytest.raises(NotFound):
        lookup.product(session, firm, public_id)
