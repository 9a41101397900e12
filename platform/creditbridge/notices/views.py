"""The messages page: all, unread, to do; opening a message marks it read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.routing import BuildError

from creditbridge.access import account
from creditbridge.access.guard import current_actor
from creditbridge.kernel.errors import DomainError
from creditbridge.kernel.words import Words
from creditbridge.notices import mail_sending, mailing, service
from creditbridge.notices.kinds import KINDS
from creditbridge.notices.mail_rules import MAIL_TONES, MAIL_WORDS
from creditbridge.notices.schemas import MailForm
from creditbridge.notices.service import Show
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import asked_position, query_url
from creditbridge.store import unit

if TYPE_CHECKING:
    from creditbridge.notices.model import Notice

blueprint = Blueprint("notices", __name__, template_folder="templates")

SHOW_WORDS = {
    Show.ALL: Words("全部", "All"),
    Show.UNREAD: Words("未读", "Unread"),
    Show.TODO: Words("待办", "To do"),
}


@blueprint.get("/messages")
def messages() -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    show, cursor = _show(), asked_position()
    whole = show is Show.ALL
    waiting = service.todos_for(session, actor) if whole and cursor is None else ()
    listed, next_cursor = service.notices_for(session, actor, show=show, waiting=not whole, cursor=cursor)
    counts = {each: service.count_for(session, actor, each) for each in (Show.UNREAD, Show.TODO)}
    tabs = [
        (SHOW_WORDS[each], url_for("notices.messages", show=each.value), each is show, counts.get(each))
        for each in Show
    ]
    return render_template(
        "notices/messages.html",
        waiting=waiting,
        waiting_more=counts[Show.TODO] > len(waiting),
        listed=listed,
        tabs=tabs,
        show=show,
        unread_here=counts[Show.UNREAD],
        next_url=query_url(cursor=str(next_cursor)) if next_cursor else None,
    )


@blueprint.post("/messages/<notice_id>/open")
def open_message(notice_id: str) -> ResponseReturnValue:
    """Mark a message read and go to what it is about."""
    notice = service.mark_read(unit.session(), current_actor(), notice_id)
    return redirect(target_of(notice), 303)


@blueprint.post("/messages/read-all")
def read_all() -> ResponseReturnValue:
    count = service.mark_all_read(unit.session(), current_actor())
    flash(_("已将 %(n)s 条消息标为已读。", n=count), "success")
    return redirect(url_for("notices.messages"), 303)


@blueprint.route("/messages/mail", methods=["GET", "POST"])
def mail() -> ResponseReturnValue:
    """A person's address, whether they want mail about messages, and what was sent to them."""
    actor = current_actor()
    if request.method == "GET":
        email, wanted = mailing.wish_of(unit.session(), actor)
        form = Form(MailForm, {"email": email, "wanted": wanted})
    else:
        form = Form.from_request(MailForm)
        if form.validate() and _set_wish(form):
            flash(_("邮件提醒已保存。"), "success")
            return redirect(url_for("notices.mail"), 303)
    page = render_template(
        "notices/mail.html",
        form=form,
        mails=mailing.mails_of(unit.session(), actor),
        kinds=KINDS,
        words=MAIL_WORDS,
        tones=MAIL_TONES,
        is_on=mail_sending.is_on(),
    )
    return page, form.status


def _set_wish(form: Form) -> bool:
    """Take the wish down; False with the form's error where a new address lacks the password."""
    actor, current = current_actor(), form.data.pop("current")
    present, _wanted = mailing.wish_of(unit.session(), actor)
    try:
        if form.data["email"] != present:
            unit.abandon()  # tries are counted in transactions of their own
            account.confirm_password(unit.database(), actor, current)
    except DomainError as error:
        form.add_error(error)
        return False
    mailing.set_wish(unit.session(), actor, **form.data)
    return True


def target_of(notice: Notice) -> str:
    """Where a notice leads; the messages page for one whose page is gone."""
    if notice.link_endpoint in current_app.view_functions:
        try:
            return url_for(notice.link_endpoint, **notice.link_values)
        except BuildError:
            pass
    return url_for("notices.messages")


def _show() -> Show:
    wish = request.args.get("show", "")
    return Show(wish) if wish in list(Show) else Show.ALL
