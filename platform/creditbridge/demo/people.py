"""Opening accounts of invented people. The one password is hashed once: hashing it for each would take a minute."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from creditbridge.access import passwords
from creditbridge.access import service as access
from creditbridge.access.model import Membership, Organisation, User
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.demo.accounts import ACCOUNTS, PASSWORD, SECOND_ADMINISTRATOR
from creditbridge.demo.names import Names
from creditbridge.kernel import clock

PLATFORM = ("演示市融资信用服务平台", "Demo City financing credit platform")


class People:
    """Opens accounts in one unit of work."""

    def __init__(self, session: Session, names: Names) -> None:
        self.names = names
        self._session = session
        self._hash = passwords.hash_password(PASSWORD)

    def member(
        self,
        organisation: Organisation,
        role: Role,
        login_name: str,
        *,
        name: str = "",
        branch_id: int | None = None,
    ) -> Actor:
        """A new person with a role in an organisation."""
        user = self._user(login_name, name)
        self._session.add(user)
        membership = access.add_member(self._session, user, organisation, role, branch_id=branch_id)
        return access.actor_of(user, membership)

    def members(self, wanted: Sequence[tuple[Organisation, Role, str]]) -> list[Actor]:
        """The same for many at once: organisation, role and login name of each, answered in the same order."""
        made = [
            Membership(user=self._user(login_name, ""), organisation=organisation, role=role.value)
            for organisation, role, login_name in wanted
        ]
        self._session.add_all(made)
        self._session.flush()
        return [access.actor_of(membership.user, membership) for membership in made]

    def known(self, organisation: Organisation, role: Role, *, branch_id: int | None = None) -> Actor:
        """The person of a role whose account is told to visitors."""
        login_name, name = ACCOUNTS[role]
        return self.member(organisation, role, login_name, name=name, branch_id=branch_id)

    def _user(self, login_name: str, name: str) -> User:
        known = dict(ACCOUNTS.values())
        return User(
            login_name=login_name,
            name=name or known.get(login_name) or self.names.person(),
            password_hash=self._hash,
            password_changed_at=clock.now(),
            phone=self.names.phone(),
        )


def open_platform(session: Session, people: People) -> Actor:
    """The platform's own accounts; answers its administrator."""
    organisation = access.create_organisation(
        session, OrganisationKind.PLATFORM, PLATFORM[0], name_en=PLATFORM[1]
    )
    administrator = people.known(organisation, Role.PLATFORM_ADMINISTRATOR)
    people.known(organisation, Role.PLATFORM_AUDITOR)
    people.known(organisation, Role.PLATFORM_REGULATOR)
    return administrator


def second_administrator(session: Session, people: People, administrator: Actor) -> Actor:
    """The first administrator's colleague. Made last, so that everybody else keeps name and telephone number."""
    organisation = session.get_one(Organisation, administrator.organisation_id)
    login_name, name = SECOND_ADMINISTRATOR
    return people.member(organisation, Role.PLATFORM_ADMINISTRATOR, login_name, name=name)
