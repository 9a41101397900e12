"""Two worlds of tenants side by side, each with an object of every kind: what the access matrix crosses.

What is private to a world carries its mark in its text, so that a page that shows another's is found by reading it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from borrowers.claims.model import Claim, ClaimProof
from borrowers.disputes import service as disputes
from borrowers.documents import service as documents
from borrowers.documents.model import Document
from borrowers.reported_facts import service as reported_facts
from creditbridge.access import service as access
from creditbridge.access import tokens
from creditbridge.access.model import Membership, SignIn
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.disclosure import consents
from creditbridge.disclosure.model import Consent
from creditbridge.disclosure.rules import Purpose as ConsentPurpose
from creditbridge.kernel import clock
from creditbridge.notices import service as notices
from creditbridge.notices.model import Notice
from creditbridge.records.batches import quarantine_path
from creditbridge.records.model import RecordBatch
from creditbridge.records.quarantine import Quarantine
from creditbridge.registry import service as registry
from creditbridge.registry.model import Firm, FirmImport, FirmImportRow
from creditbridge.runs.model import Run
from creditbridge.scoring import service as scorecards
from creditbridge.store.files import FileStore
from creditbridge.webhooks import endpoints
from creditbridge.webhooks.endpoints import Wish
from creditbridge.webhooks.model import WebhookDelivery
from creditbridge.webhooks.rules import Event
from lenders.products import drafting as product_drafting
from lenders.products.drafting import Draft
from lenders.products.rules import PublishedProduct
from lenders.schemes.model import Scheme, SchemeParticipant
from matching.applications import drafting, offering, reviewing, submitting, supplementing
from matching.applications.drafting import Chosen
from matching.applications.model import Submission
from matching.approvals import service as approvals
from matching.conflicts import service as conflicts
from matching.conflicts.rules import Relation
from matching.drawdowns import amending, requesting
from matching.drawdowns.rules import Request
from matching.ledger import pools
from matching.lines import service as lines
from matching.lines.model import CreditLine, LineImport, LineImportRow
from matching.lines.service import OnlineGrant
from matching.monitoring.model import MonitorAlert, WatchedFirm
from matching.needs import lookup as lookup_needs
from matching.needs import posting, revealing
from matching.needs.model import NeedLender
from matching.needs.posting import NeedDetails
from tests.lake import put
from tests.lines import Lines
from tests.scene import ALL_SCOPES, NEED, WAN, Scene, TestFirm, TestLender, terms

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PRIVATE_MARKS = {"a": "甲密", "b": "乙密"}
OTHER = {"a": "b", "b": "a"}


@dataclass
class World:
    """One lender, one firm, one platform operator, and the public ids of their objects by kind."""

    mark: str
    lender: TestLender
    firm: TestFirm
    actors: Mapping[Role, Actor]
    ids: dict[str, tuple[str, ...]] = field(default_factory=dict)
    of_role: dict[tuple[str, Role], tuple[str, ...]] = field(default_factory=dict)
    sessions: dict[Role, str] = field(default_factory=dict)
    tokens: dict[Role, str] = field(default_factory=dict)
    weak_tokens: dict[tuple[Role, str], str] = field(default_factory=dict)

    def of(self, kind: str, role: Role | None) -> tuple[str, ...]:
        """Public ids of this world's objects of a kind; personal ones are those of the role's person."""
        if role is not None and (kind, role) in self.of_role:
            return self.of_role[kind, role]
        return self.ids[kind]


@dataclass
class City:
    worlds: Mapping[str, World]


def build(scene: Scene, files: FileStore) -> City:
    """Two complete worlds, ``a`` and ``b``, that have nothing to do with each other."""
    worlds = {name: _Builder(scene, files, mark).world() for name, mark in PRIVATE_MARKS.items()}
    return City(worlds)


@dataclass
class _Builder:
    scene: Scene
    files: FileStore
    mark: str

    def world(self) -> World:
        self.lender = self.scene.lender()
        self.firm = self.scene.firm(f"{self.mark}企业有限公司")
        self.world_ = World(self.mark, self.lender, self.firm, self._actors())
        self.ids = self.world_.ids
        self._institution()
        self._integration()
        self._firm_side()
        self._products()
        self._applications()
        self._lines()
        self._needs()
        self._platform_side()
        for role, actor in self.world_.actors.items():
            self._person(role, actor)
        return self.world_

    def _actors(self) -> dict[Role, Actor]:
        people = self.scene.people
        platform = people.organisation(OrganisationKind.PLATFORM, "平台")
        return {
            Role.PLATFORM_ADMINISTRATOR: people.member(Role.PLATFORM_ADMINISTRATOR, platform),
            Role.PLATFORM_AUDITOR: people.member(Role.PLATFORM_AUDITOR, platform),
            Role.PLATFORM_REGULATOR: people.member(Role.PLATFORM_REGULATOR, platform),
            Role.LENDER_PRODUCT_MANAGER: self.lender.manager,
            Role.LENDER_REVIEWER: self.lender.reviewer,
            Role.LENDER_APPROVER: self.lender.approver,
            Role.LENDER_VIEWER: self.lender.viewer,
            Role.FIRM_OWNER: self.firm.owner,
            Role.FIRM_STAFF: self.firm.staff,
        }

    def _write(self) -> Any:
        return self.scene.people.database.write()

    def _institution(self) -> None:
        self.ids["lender"] = (self.lender.public_id,)
        self.ids["branch"] = self.lender.branches
        with self._write() as session:
            self.ids["lender_member"] = (_membership(session, self.lender.viewer).public_id,)
            regulator = self.world_.actors[Role.PLATFORM_REGULATOR]
            self.ids["colleague"] = (_membership(session, regulator).public_id,)
            self.ids["firm_staff"] = (_membership(session, self.firm.staff).public_id,)
            scheme = Scheme(name_zh=f"风险补偿 {self.lender.name}", sponsor_zh="市财政局", region_codes=[])
            session.add(scheme)
            session.flush()
            session.add(SchemeParticipant(scheme_id=scheme.id, lender_id=self.lender.id))
            self.ids["scheme"] = (scheme.public_id,)

    def _integration(self) -> None:
        manager = self.lender.manager
        with self._write() as session:
            wish = Wish("https://hooks.example.com/in", f"{self.mark}核心", [Event.SUBMISSION_RECEIVED])
            endpoint, _ = endpoints.add(session, manager, wish)
            endpoints.send_test(session, manager, endpoint.public_id)
            self.ids["endpoint"] = (endpoint.public_id,)
            self.ids["delivery"] = (
                session.scalars(
                    select(WebhookDelivery.public_id).where(WebhookDelivery.endpoint_id == endpoint.id)
                ).one(),
            )

    def _firm_side(self) -> None:
        owner, firm_id = self.firm.owner, self.firm.id
        self.ids["firm"] = (self.firm.public_id,)
        with self._write() as session:
            self.ids["free_document"] = (self._document(session, "未用").public_id,)
            made = reported_facts.report(
                session,
                owner,
                firm_id=firm_id,
                values={"annual_revenue": 900_000_00},
                as_of=date(2026, 6, 30),
            )
            self.ids["reported_fact"] = tuple(row.public_id for row in made)
            claim = session.scalars(select(Claim).where(Claim.firm_id == firm_id)).one()
            claim.operator_name = f"{self.mark}经办人"
            proof = ClaimProof(
                claim_id=claim.id,
                kind="licence",
                file_name=f"{self.mark}执照.pdf",
                media_type="application/pdf",
                size=len(PDF),
                digest=self.files.put(PDF),
            )
            session.add(proof)
            session.flush()
            self.ids["claim"], self.ids["proof"] = (claim.public_id,), (proof.public_id,)
            prepared = consents.prepare(
                session,
                owner,
                firm_id=firm_id,
                lender_organisation_id=self.lender.reviewer.organisation_id,
                purpose=ConsentPurpose.POST_LOAN,
                scope=[scope.value for scope in ALL_SCOPES],
                expires_on=clock.today() + timedelta(days=60),
            )
            self.ids["awaiting_consent"] = (prepared.public_id,)

    def _document(self, session: Any, name: str) -> Document:
        return documents.keep(
            session,
            self.files,
            self.firm.owner,
            self.firm.id,
            kind="licence",
            filename=f"{self.mark}{name}.pdf",
            stream=io.BytesIO(PDF),
        )

    def _products(self) -> None:
        self.published = [self.scene.product(self.lender, name=f"稳企贷 {number}") for number in range(7)]
        self.ids["published_product"] = (self.published[0].public_id,)
        with self._write() as session:
            draft = Draft(name_zh=f"{self.mark}草案", terms=self.published[0].terms)
            made = product_drafting.create_product(session, self.lender.manager, draft)
            self.ids["product"] = (self.published[0].public_id, made.public_id)
            self.ids["draft_product"] = (made.public_id,)

    def _applications(self) -> None:
        with self._write() as session:
            self.ids["draft"] = (self._draft(session, self.published[6]),)
        sent = [self._sent(product) for product in self.published[:6]]
        key = [row.public_id for row in sent]
        reviewer, approver = self.lender.reviewer, self.lender.approver
        for public_id in key[1:]:
            with self._write() as session:
                reviewing.accept(session, reviewer, public_id)
            with self._write() as session:
                reviewing.start_review(session, reviewer, public_id)
                reviewing.add_note(session, reviewer, public_id, f"{self.mark}备注")
        with self._write() as session:
            supplementing.request_supplement(
                session, reviewer, key[1], items=["流水"], deadline=clock.today() + timedelta(days=5)
            )
        for public_id in key[2:]:
            with self._write() as session:
                offering.propose_terms(session, reviewer, public_id, terms())
        for public_id in key[3:]:
            with self._write() as session:
                offering.approve_terms(session, approver, public_id)
        for public_id in key[4:]:
            with self._write() as session:
                offering.accept_offer(session, self.firm.owner, public_id)
        self.granted_from = key[5]
        self.ids["submission"] = tuple(key)
        self.ids["consented_submission"], self.ids["submission_to_sign"] = tuple(key[:5]), (key[4],)
        with self.scene.people.database.read() as session:
            rows = session.scalars(select(Submission).where(Submission.public_id.in_(key))).all()
            self.ids["application"] = tuple(row.application.public_id for row in rows)
            self.ids["handed_in"] = tuple(
                session.get_one(Document, part.document_id).public_id for part in rows[0].documents
            )
            self.ids["consent"] = (
                session.scalars(
                    select(Consent.public_id).where(Consent.for_id == key[0], Consent.state == "active")
                ).one(),
            )

    def _draft(self, session: Any, product: PublishedProduct) -> str:
        owner = self.firm.owner
        made = drafting.start_draft(session, owner)
        need = replace(NEED, contact_name=f"{self.mark}联系人")
        drafting.save_need(session, owner, made.public_id, need)
        drafting.choose_products(
            session, owner, made.public_id, [Chosen(product.public_id, self.lender.branches[0])]
        )
        document = self._document(session, "执照")
        drafting.attach_document(session, owner, made.public_id, document.public_id, "licence")
        self.ids["attached"] = (document.public_id,)
        return made.public_id

    def _sent(self, product: PublishedProduct) -> Submission:
        with self._write() as session:
            return submitting.submit(
                session,
                self.firm.owner,
                self._draft(session, product),
                signed_lenders={self.lender.public_id},
                scope=ALL_SCOPES,
                consent_expires_on=clock.today() + timedelta(days=90),
            )[0]

    def _lines(self) -> None:
        with self._write() as session:
            grant = OnlineGrant(f"{self.mark}合同", clock.today())
            online = lines.record_grant(session, self.lender.reviewer, self.granted_from, grant)
        offline = Lines(self.scene).offline(self.lender, self.firm, contract_number=f"{self.mark}线下")
        self.ids["line"] = (online.public_id, offline.public_id)
        with self._write() as session:
            drawn = requesting.request(session, self.firm.owner, online.public_id, Request(10_000_000, 3))
            changed = amending.propose_limit(
                session,
                self.lender.reviewer,
                online.public_id,
                amount_fen=online.amount_fen + 1,
                reason=self.mark,
            )
            pool = pools.create(
                session,
                self.world_.actors[Role.PLATFORM_ADMINISTRATOR],
                name="池",
                name_en="",
                sponsor="",
                share_ppm=1,
                fen=1,
            )
            self.ids["pool"] = (pool.public_id,)
            self.ids["drawdown"] = (drawn.public_id,)
            self.ids["amendment"] = (changed.public_id,)
            [named] = conflicts.name_by_firm(
                session,
                self.firm.owner,
                registry.firm_by_id(session, self.firm.id),
                self.lender.reviewer.organisation_id,
                Relation.OTHER,
                officer="没有这人",
            )
            self.ids["conflict"] = (named.public_id,)
            limit = approvals.propose(session, self.lender.manager, second_above_fen=1, reason=self.mark)
            self.ids["limit_change"] = (limit.public_id,)
        with self._write() as session:
            batch = LineImport(
                lender_id=self.lender.id, content="grants", file_name=f"{self.mark}.csv", content_digest="0" * 64,
                format="csv", header=["contract_number"], rows=1, created=0, unchanged=0, refused=1,
                refusals=[LineImportRow(line=2, reasons=[{"zh": "缺", "en": "missing"}], cells=[self.mark])],
            )  # fmt: skip
            session.add(batch)
            session.flush()
            self.ids["line_import"] = (batch.public_id,)
            self.ids["alert"] = (self._alert(session, online).public_id,)

    def _alert(self, session: Any, line: CreditLine) -> MonitorAlert:
        consent_id = session.scalars(select(Consent.id).where(Consent.firm_id == self.firm.id).limit(1)).one()
        organisation_id = self.lender.reviewer.organisation_id
        watched = WatchedFirm(
            organisation_id=organisation_id,
            firm_id=self.firm.id,
            consent_id=consent_id,
            change_seq=0,
            known={},
        )
        session.add(watched)
        session.flush()
        alert = MonitorAlert(
            organisation_id=organisation_id, watched_id=watched.id, firm_id=self.firm.id, firm_name=self.firm.name,
            consent_id=consent_id, entry_public_id="", change_seq=0, severity="serious", line_ids=[line.id],
            findings=[{"mark": "fact:seriously_dishonest", "severity": "serious", "before": "", "after": ""}],
        )  # fmt: skip
        session.add(alert)
        session.flush()
        return alert

    def _needs(self) -> None:
        """A draft, and needs shown to this world's lender alone: one to answer, one answered, one revealed."""
        told = NeedDetails(
            100 * WAN, 12, "working_capital", f"{self.mark}联系", "0512-55550101", f"{self.mark}说明"
        )
        owner, product, made = self.firm.owner, self.published[0], []
        for state in ("draft", "posted", "responded", "responded"):
            with self._write() as session:
                need = posting.write(session, owner, told)
                made.append(need.public_id)
                if state == "draft":
                    continue
                need.state, need.posted_at = state, clock.now()
                need.respond_by = need.expires_on = clock.today() + timedelta(days=7)
                session.add(
                    NeedLender(
                        need=need, lender_id=self.lender.id, product_id=product.product_id,
                        lender_organisation_id=self.lender.reviewer.organisation_id,
                        lender_name=product.lender.name.as_json(), product_public_id=product.public_id,
                        product_name=product.name.as_json(), verdict="eligible", firm_score=80, lender_score=70,
                        state="invited" if state == "posted" else "interested",
                    )
                )  # fmt: skip
        with self._write() as session:
            need = lookup_needs.need_of_firm(session, owner, made[3])
            revealing.reveal(session, owner, made[3], [need.parts[0].public_id])
        self.ids["firm_need"], self.ids["need"] = tuple(made), tuple(made[1:])
        self.ids["revealed_need"] = (made[3],)

    def _platform_side(self) -> None:
        with self._write() as session:
            batch = FirmImport(
                file_name="firms.csv", content_digest="0" * 64, format="csv", header=["名称"], unread_columns=[],
                notes=[], rows=1, accepted=0, warned=0, refused=1, created=0, updated=0, unchanged=0,
            )  # fmt: skip
            session.add(batch)
            session.flush()
            session.add(
                FirmImportRow(import_id=batch.id, line=2, outcome="refused", findings=[], cells=["某企业"])
            )
            self.ids["firm_import"] = (batch.public_id,)
            # One version is in work at a time, so both worlds know the same one.
            draft = scorecards.in_work(session) or scorecards.start(
                session, self.world_.actors[Role.PLATFORM_ADMINISTRATOR]
            )
            self.ids["scorecard_version"] = (draft.public_id,)
        self._batch_of_records()
        self._dispute()
        self._run()

    def _dispute(self) -> None:
        """Two records of the firm, one of them disputed with evidence; the one before them is of nobody."""
        database, firm_no = self.scene.people.database, self._firm_no()
        on = clock.today() - timedelta(days=90)
        numbers = put(database, [(one, "penalty.fine", on, None, 1) for one in (999_999, firm_no, firm_no)])
        self.ids["credit_record"] = (str(numbers[1]),)
        with self._write() as session:
            firm = session.scalars(select(Firm).where(Firm.firm_no == firm_no)).one()
            evidence = self._document(session, "异议证明")
            made = disputes.raise_dispute(
                session, self.firm.owner, firm, numbers[2], f"{self.mark}理由", document_id=evidence.id
            )
            self.ids["dispute"] = (made.public_id,)

    def _firm_no(self) -> int:
        with self.scene.people.database.read() as session:
            return session.scalars(select(Firm.firm_no).where(Firm.id == self.firm.id)).one()

    def _run(self) -> None:
        with self._write() as session:
            run = Run(
                kind="past", on_date=clock.today(), state="finished", user_name=f"{self.mark}", parts=1, model={}, summary={}
            )  # fmt: skip
            session.add(run)
            session.flush()
            self.ids["run"] = (run.public_id,)

    def _batch_of_records(self) -> None:
        database = self.scene.people.database
        folder = database.places.setdefault("lake_folder", self.files.folder.parent / "lake")
        with self._write() as session:
            batch = RecordBatch(
                feed="abnormal_list", reference=f"{self.mark}", content_hash=f"{self.mark:0>64}",
                file_name="list.csv", format="csv", state="taken", received_on=clock.today(), rows=1,
                taken_at=clock.now(), quarantined=1, quality={},
            )  # fmt: skip
            session.add(batch)
            session.flush()
            quarantine = Quarantine(
                quarantine_path(folder, batch.public_id),
                ["uni_social_crd_cd"],
                {"uni_social_crd_cd": "uni_social_crd_cd"},
            )
            quarantine.put_broken([(2, "x")])
            quarantine.close()
            self.ids["record_batch"] = (batch.public_id,)

    def _person(self, role: Role, actor: Actor) -> None:
        world = self.world_
        with self._write() as session:
            member = _membership(session, actor)
            world.of_role["membership", role] = (member.public_id,)
            start = {"address": "127.0.0.1", "agent": "test", "membership": member}
            world.sessions[role] = access.start_sign_in(session, member.user, **start)
            access.start_sign_in(session, member.user, **start)
            session.flush()
            latest = select(SignIn).where(SignIn.user_id == actor.user_id).order_by(SignIn.id.desc())
            world.of_role["sign_in", role] = (session.scalars(latest.limit(1)).one().public_id,)
            made, world.tokens[role] = tokens.create(
                session, actor, name="全部", scopes=tuple(tokens.SCOPES), days=30
            )
            world.of_role["token", role] = (made.public_id,)
            for scope in tokens.SCOPES:
                others = tuple(set(tokens.SCOPES) - {scope})
                world.weak_tokens[role, scope] = tokens.create(
                    session, actor, name=f"无 {scope}", scopes=others, days=30
                )[1]
            notice: Notice = notices.notify(
                session,
                organisation_id=actor.organisation_id,
                kind="claim.submitted",
                params={"firm": f"{self.mark}企业", "operator": "经办人"},
                user_id=actor.user_id,
            )
            session.flush()
            world.of_role["notice", role] = (notice.public_id,)


def _membership(session: Any, actor: Actor) -> Membership:
    return session.scalars(
        select(Membership).where(
            Membership.user_id == actor.user_id, Membership.organisation_id == actor.organisation_id
        )
    ).one()


def flat(values: Iterable[tuple[str, ...]]) -> list[str]:
    return [value for each in values for value in each]
