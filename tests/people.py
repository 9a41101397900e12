"""People for tests: organisations and members with a known password."""

from __future__ import annotations

from dataclasses import dataclass

from creditbridge.access import service as access
from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.store.database import Database

PASSWORD = "correct horse battery staple"


@dataclass
class People:
    """Makes organisations and members, each in a committed transaction of its own."""

    database: Database
    made: int = 0

    def organisation(self, kind: OrganisationKind, name: str = "") -> Organisation:
        self.made += 1
        with self.database.write() as session:
            return access.create_organisation(session, kind, name or f"单位 {self.made}")

    def member(
        self, role: Role, organisation: Organisation | None = None, *, branch_id: int | None = None
    ) -> Actor:
        """A new person with this role, in the organisation given or a new one of the right kind."""
        self.made += 1
        number = self.made
        owner = organisation or self.organisation(role.kind)
        with self.database.write() as session:
            home = session.merge(owner, load=True)
            user = access.create_user(
                session, login_name=f"user{number}", name=f"人员 {number}", password=PASSWORD
            )
            membership = access.add_member(session, user, home, role, branch_id=branch_id)
            return access.actor_of(user, membership)
