"""A small city at real services: lenders, products on every step, firms with facts, applications in every state."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from borrowers.claims import service as claims
from borrowers.claims.rules import ProofKind
from borrowers.claims.service import ClaimDetails, NewAccount, Proof
from borrowers.documents import service as documents
from borrowers.documents.model import Document
from borrowers.reported_facts import service as reported_facts
from creditbridge.access import resets
from creditbridge.access import service as access
from creditbridge.access.model import Membership, Organisation, User
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.app import reactions
from creditbridge.disclosure import door
from creditbridge.disclosure.rules import Purpose, Scope
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock, uscc
from creditbridge.kernel.words import Words
from creditbridge.records.feeds import feeds
from creditbridge.registry.importing import import_firms
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from creditbridge.store.files import FileStore
from lenders.admission.tree import Criterion, Group, Mode, Operator, Test, Tree
from lenders.institutions.model import Branch
from lenders.pricing.fees import FeeKind, FeeLine, FeePayer, FeeTiming
from lenders.pricing.rates import RateStructure
from lenders.pricing.schedule import RepaymentMethod
from lenders.products import deciding, drafting
from lenders.products import service as products
from lenders.products.rules import (
    ApplicantKind,
    Contact,
    Draft,
    GuaranteeType,
    Material,
    ProductTerms,
    PublishedProduct,
)
from lenders.schemes import service as schemes
from matching.applications import (
    conflicting,
    offering,
    rematching,
    reviewing,
    submitting,
    supplementing,
)
from matching.applications import deciding as decisions
from matching.applications import drafting as application_drafting
from matching.applications.drafting import Chosen
from matching.applications.model import Submission
from matching.applications.reasons import Reason
from matching.conflicts.rules import Relation
from matching.lines.columns import COLUMNS, Content
from matching.lines.importing import import_lines
from tests.e2e import city_rooms
from tests.lines import Lines
from tests.people import People
from tests.scene import ALL_SCOPES, NEED, WAN, Scene, TestFirm, TestLender, grade_at_least, terms

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
PEOPLE = {
    "firm owner": Role.FIRM_OWNER,
    "firm staff": Role.FIRM_STAFF,
    "product manager": Role.LENDER_PRODUCT_MANAGER,
    "reviewer": Role.LENDER_REVIEWER,
    "approver": Role.LENDER_APPROVER,
    "lender viewer": Role.LENDER_VIEWER,
    "administrator": Role.PLATFORM_ADMINISTRATOR,
    "auditor": Role.PLATFORM_AUDITOR,
    "regulator": Role.PLATFORM_REGULATOR,
}


@dataclass
class City:
    """What stands when the server starts, and the means to build more beside it."""

    scene: Scene
    database: Database
    files: FileStore
    lender: TestLender
    firm: TestFirm
    people: dict[str, Actor] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, list[str]] = field(default_factory=dict)
    """Pages by role that stand behind a form or far down a list, where following links does not lead."""

    def login_of(self, actor: Actor) -> str:
        with self.database.read() as session:
            return session.get_one(User, actor.user_id).login_name

    def seat(self, actor: Actor) -> Actor:
        """Open a sign-in for somebody whose signing in is not what a test is about."""
        with self.database.write() as session:
            user = session.get_one(User, actor.user_id)
            membership = session.scalars(select(Membership).where(Membership.user_id == user.id)).one()
            self.sessions[actor.user_public_id] = access.start_sign_in(
                session, user, address="127.0.0.1", agent="test", membership=membership
            )
        return actor

    def seat_lender(self, name: str = "") -> TestLender:
        lender = self.scene.lender(name)
        for officer in (lender.manager, lender.reviewer, lender.approver, lender.viewer):
            self.seat(officer)
        return lender

    def seat_firm(self, name: str = "", *, grade: str | None = "A") -> TestFirm:
        firm = self.scene.firm(name, grade=grade)
        self.seat(firm.owner)
        self.seat(firm.staff)
        return firm

    def names(self) -> set[str]:
        """Names that people gave: shown as they are in every language."""
        columns = (Firm.name, Organisation.name, User.name, Branch.name, Document.file_name)
        with self.database.read() as session:
            found = {name for column in columns for name in session.scalars(select(column)) if name}
        columns_of_departments = {
            title
            for feed in feeds().values()
            for title in (*feed.columns.values(), *(one for given in feed.also.values() for one in given))
        }
        return found | columns_of_departments | TYPED


TYPED = {
    "王经理",
    "近三个月流水",
    "希望期限更长",
    "经办人",
    "张三",
    "李四",
    "licence.pdf",
    "还需看流水",
    "李四商行",
    "昨天",
    "换一家银行",
    "见附件",
    '"capital_unit": "万元"',
    "采购面料",
    "支付加工费",
    "订单增加",
    "欢迎来行面谈",
    "江湾融资担保有限公司",
    "市财政局",
    "核心系统",
    "运行人员",
    "提高成立年限的权重",
    "名单.csv",
    "异常名录.csv",
    "未按期年报",
    "未按规定公示",
}
"""What people typed into forms of this city, and what their files and the system itself are called."""


def build(database: Database, files: FileStore) -> City:
    reactions.connect()
    scene = Scene(People(database))
    lender = scene.lender("江湾银行")
    firm = scene.firm("晨光纺织有限公司")
    city = City(scene, database, files, lender, firm)
    operator = scene.people.organisation(OrganisationKind.PLATFORM, "信用促进中心")
    scene.people.made = 100  # login names of the staff below do not depend on what is made above
    administrator = scene.people.member(Role.PLATFORM_ADMINISTRATOR, operator)
    scene._publisher.append(administrator)
    city.people = {
        "firm owner": firm.owner,
        "firm staff": firm.staff,
        "product manager": lender.manager,
        "reviewer": lender.reviewer,
        "approver": lender.approver,
        "lender viewer": lender.viewer,
        "administrator": administrator,
        "auditor": scene.people.member(Role.PLATFORM_AUDITOR, operator),
        "regulator": scene.people.member(Role.PLATFORM_REGULATOR, operator),
    }
    for actor in city.people.values():
        city.seat(actor)
    for name in ("administrator", "auditor", "regulator"):
        # The first firms that links lead to have no score; this one has, and records behind it.
        city.addresses[name] = [
            "/platform/labels/combinations?section=C",
            f"/platform/firms/{firm.public_id}/credit",
        ]
    city_rooms.evaluate(city)
    _known(city, firm)
    scheme = _scheme(city)
    offered = _products(city, scheme)
    _applications(city, offered)
    _grants(city)
    _claim(city)
    _register(city, administrator)
    city_rooms.write_a_scorecard(city, administrator)
    city_rooms.lend(city, offered[5])
    city_rooms.need_credit(city)
    city_rooms.connect_a_system(city)
    return city


def _known(city: City, firm: TestFirm) -> None:
    """Facts of several kinds, one of them reported by the firm itself, so that verdicts have something to say."""
    on = clock.today() - timedelta(days=20)
    known = {
        "annual_revenue": FactValue(1_200 * WAN, FactSource.ANNUAL_REPORT, on),
        "tax_credit_grade": FactValue("A", FactSource.TAX, on),
        "employees": FactValue(36, FactSource.SOCIAL_INSURANCE, on),
        "abnormal_listed": FactValue(False, FactSource.MARKET_SUPERVISION, on),
        "seriously_dishonest": FactValue(False, FactSource.COURT, on),
    }
    with city.database.write() as session:
        facts.record_facts(session, firm.id, known, actor=None, reason="test")
    with city.database.write() as session:
        reported_facts.report(session, firm.owner, firm_id=firm.id, values={"net_profit": 90 * WAN}, as_of=on)


def _scheme(city: City) -> str:
    values = {
        "name_zh": "助企纾困专项",
        "name_en": "Relief for firms",
        "sponsor_zh": "市财政局",
        "sponsor_en": "City finance bureau",
        "description_zh": "财政分担风险，银行让利。",
        "description_en": "The city shares the risk, the banks lower the rate.",
    }
    with city.database.write() as session:
        made = schemes.create_scheme(
            session, city.scene.publisher, values, participant_ids=[city.lender.public_id]
        )
        return made.public_id


def _draft(name_zh: str, name_en: str, admission: Tree, **changes: object) -> Draft:
    values: dict[str, object] = {
        "amount_min_fen": 10 * WAN,
        "amount_max_fen": 300 * WAN,
        "rate": RateStructure.between(36_500, 48_000),
        "term_months_min": 6,
        "term_months_max": 36,
        "repayment_methods": (RepaymentMethod.EQUAL_INSTALMENT, RepaymentMethod.INTEREST_THEN_BULLET),
        "guarantee_types": (GuaranteeType.UNSECURED, GuaranteeType.MORTGAGE),
        "fees": (FeeLine(FeeKind.VALUATION, FeePayer.FIRM, FeeTiming.UPFRONT, sum_fen=200_000),),
        "materials": (Material("licence", Words("营业执照", "Business licence")),),
        "quota_fen": 10_000 * WAN,
        "contact": Contact("王经理", "0512-5555 0101", "loans@example.com"),
        "description": Words("面向本市企业，无须抵押。", "For firms of this city, without a mortgage."),
        **changes,
    }
    kind = values.pop("applicant_kind", ApplicantKind.FIRM)
    scheme = values.pop("scheme_public_id", None)
    return Draft(
        name_zh=name_zh,
        name_en=name_en,
        terms=ProductTerms(**values),  # type: ignore[arg-type]
        admission=admission,
        applicant_kind=kind,  # type: ignore[arg-type]
        scheme_public_id=scheme,  # type: ignore[arg-type]
    )


def _rules(*tests: Test) -> Tree:
    return Tree(Group(Mode.ALL, tuple(Criterion(test.fact, test) for test in tests)))


def _products(city: City, scheme: str) -> list[PublishedProduct]:
    """Published ones of every verdict, and one on each step before that."""
    published = [
        _draft(
            "信用等级贷",
            "Credit-grade loan",
            _rules(
                Test("platform_grade", Operator.AT_LEAST, "B"),
                Test("tax_credit_grade", Operator.AT_LEAST, "B"),
                Test("abnormal_listed", Operator.IS_FALSE),
            ),
        ),
        _draft("稳企贷", "Steady loan", grade_at_least("B"), scheme_public_id=scheme),
        _draft("科创贷", "Technology loan", _rules(Test("valid_patents", Operator.AT_LEAST, 1))),
        _draft("规上贷", "Large-firm loan", _rules(Test("annual_revenue", Operator.AT_LEAST, 2_000 * WAN))),
        _draft("创业贷", "Start-up loan", grade_at_least("D"), applicant_kind=ApplicantKind.NATURAL_PERSON),
        _draft("周转贷", "Turnover loan", grade_at_least("C")),
    ]
    with city.database.write() as session:
        made = [
            products.load_published(
                session,
                draft,
                author=city.lender.manager,
                approver=city.lender.approver,
                publisher=city.scene.publisher,
            )
            for draft in published
        ]
    for waits in range(3):
        with city.database.write() as session:
            draft = _draft(f"新产品 {waits + 1}", f"New product {waits + 1}", grade_at_least("C"))
            product = drafting.create_product(session, city.lender.manager, draft)
            if waits:
                drafting.submit(session, city.lender.manager, product.public_id)
            if waits == 2:
                deciding.approve(session, city.lender.approver, product.public_id)
    with city.database.write() as session:
        drafting.start_version(session, city.lender.manager, made[1].public_id)
    city.addresses["product manager"] = [f"/lender/products/{made[1].public_id}/edit"]
    return made


def _paper(session: Session, city: City, firm: TestFirm) -> str:
    kept = documents.keep(
        session,
        city.files,
        firm.owner,
        firm.id,
        kind="licence",
        filename="licence.pdf",
        stream=io.BytesIO(PDF),
    )
    return kept.public_id


def _applications(city: City, offered: list[PublishedProduct]) -> None:
    """One in each state an officer meets: new, under review, waiting for the firm, offered, rejected, granted."""
    for stop in ("submitted", "under_review", "action_required", "pending_approval", "rejected"):
        made = _apply(city, city.scene.firm(), offered[0])
        _walk(city, made, stop)
    own = _apply(city, city.firm, offered[0])
    _walk(city, own, "offered")
    _look(city, own)
    asked = _apply(city, city.firm, offered[1])
    _walk(city, asked, "action_required")
    with _step(city) as session:
        conflicting.name_officer(
            session, city.firm.owner, asked.public_id, officer="Wang Wei", relation=Relation.OTHER
        )
    refused = _apply(city, city.firm, offered[2])
    _walk(city, refused, "rejected")
    with _step(city) as session:
        rematching.agree(session, city.firm.owner, refused.public_id)
    with city.database.write() as session:
        draft = application_drafting.start_draft(session, city.firm.owner)
        application_drafting.save_need(session, city.firm.owner, draft.public_id, NEED)
        chosen = [Chosen(offered[1].public_id, None)]
        application_drafting.choose_products(session, city.firm.owner, draft.public_id, chosen)
    steps = [f"/firm/applications/{draft.public_id}/{step}" for step in ("products", "check")]
    steps.append(f"/firm/submissions/{refused.public_id}")
    city.addresses |= {"firm owner": steps, "firm staff": steps}
    lines = Lines(city.scene)
    accepted = lines.accepted(city.lender, offered[1], city.scene.firm())
    city.addresses["reviewer"] = [f"/lender/applications/{accepted.public_id}/grant"]
    lines.online(city.lender, offered[1], city.scene.firm())
    lines.offline(city.lender, city.firm, product=offered[0], granted_on=clock.today() - timedelta(days=40))


def _look(city: City, submission: Submission) -> None:
    """The reviewer has looked at the firm once, which the firm's ledger shows."""
    door.look(
        city.database,
        city.lender.reviewer,
        submission.firm_id,
        purpose=Purpose.PRE_LOAN,
        what=[Scope.EVALUATION],
        why=Words("审核贷款申请", "Reviewing a loan application"),
        for_id=submission.public_id,
    )


def _grants(city: City) -> None:
    """A file of grants in which one row is refused."""
    heading = [column.heading.zh for column in COLUMNS[Content.GRANTS]]
    rows = [heading, ["WRONG", *[""] * (len(heading) - 1)]]
    content = "\n".join(",".join(row) for row in rows).encode()
    with city.database.write() as session:
        import_lines(session, city.lender.reviewer, Content.GRANTS, content, "grants.csv")


def _apply(city: City, firm: TestFirm, product: PublishedProduct) -> Submission:
    """The firm hands in its licence and applies, with every consent signed."""
    with city.database.write() as session:
        kept = _paper(session, city, firm)
        draft = application_drafting.start_draft(session, firm.owner)
        application_drafting.save_need(session, firm.owner, draft.public_id, NEED)
        chosen = [Chosen(product.public_id, city.lender.branches[0])]
        application_drafting.choose_products(session, firm.owner, draft.public_id, chosen)
        application_drafting.attach_document(session, firm.owner, draft.public_id, kept, "licence")
        (sent,) = submitting.submit(
            session,
            firm.owner,
            draft.public_id,
            signed_lenders={product.lender.public_id},
            scope=ALL_SCOPES,
            consent_expires_on=clock.today() + timedelta(days=90),
        )
        return sent


def _walk(city: City, submission: Submission, stop: str) -> None:
    """Take a submission on to a state, each step in a transaction of its own as the officers would."""
    key, lender = submission.public_id, city.lender
    if stop == "submitted":
        return
    with _step(city) as session:
        reviewing.accept(session, lender.reviewer, key)
    with _step(city) as session:
        reviewing.start_review(session, lender.reviewer, key)
    if stop == "action_required":
        with _step(city) as session:
            supplementing.request_supplement(
                session,
                lender.reviewer,
                key,
                items=["近三个月流水"],
                deadline=clock.today() + timedelta(days=7),
                note="还需看流水",
            )
    if stop == "rejected":
        with _step(city) as session:
            codes = [Reason.DEBT_TOO_HIGH, Reason.LITIGATION]
            decisions.reject(session, lender.reviewer, key, codes=codes)
    if stop in {"pending_approval", "offered"}:
        with _step(city) as session:
            offering.propose_terms(session, lender.reviewer, key, terms())
    if stop == "offered":
        with _step(city) as session:
            offering.approve_terms(session, lender.approver, key)


@contextmanager
def _step(city: City) -> Iterator[Session]:
    with city.database.write() as session:
        yield session


def _claim(city: City) -> None:
    """Somebody claims a firm, and the platform has not looked yet."""
    code = uscc.synthetic(7001)
    city.addresses["visitor"] = [f"/claim?uscc={code}"]
    with city.database.write() as session:
        session.add(Firm(firm_no=7001, uscc=code, name="新桥机械有限公司", status="active"))
    proofs = [Proof(kind, "licence.pdf", PDF) for kind in ProofKind]
    with city.database.write() as session:
        claims.register(
            session,
            city.files,
            NewAccount("newcomer", "张三", "a long enough passphrase 7"),
            ClaimDetails(code, "张三", "13800000000", proofs),
        )
    with city.database.write() as session:
        token = resets.issue_on_the_machine(session, "newcomer")
    city.addresses["visitor"].append(f"/new-password?token={token}")


def _register(city: City, administrator: Actor) -> None:
    """An import of the register with a row that is refused."""
    rows = f"统一社会信用代码,企业名称,成立日期\n{uscc.synthetic(7002)},北桥食品有限公司,2019-05-01\nWRONG,李四商行,昨天\n"
    with city.database.write() as session:
        import_firms(session, administrator, rows.encode(), "firms.csv")
