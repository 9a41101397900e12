"""What the actions in the audit trail are called, by area; an action without words is shown by its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from creditbridge.kernel.words import Words
from matching.applications.rules import STEP_WORDS as REVIEW_STEPS
from matching.lines.rules import STEP_WORDS as LINE_STEPS

AREAS: Final[Mapping[str, Words]] = {
    "access": Words("账号与登录", "Accounts and sign-in"),
    "application": Words("填写申请", "Preparing applications"),
    "submission": Words("申请办理", "Handling applications"),
    "consent": Words("授权", "Consents"),
    "disclosure": Words("数据查看", "Looks at data"),
    "claim": Words("企业认领", "Claims"),
    "member": Words("企业成员", "Members of firms"),
    "document": Words("材料", "Documents"),
    "reported_fact": Words("自报信息", "Reported facts"),
    "facts": Words("企业信息", "Facts of firms"),
    "labels": Words("信用标签", "Credit labels"),
    "firm": Words("企业登记", "Registrations"),
    "firms": Words("企业登记导入", "Import of registrations"),
    "line": Words("授信", "Credit lines"),
    "lines": Words("授信导入", "Import of lines"),
    "product": Words("产品", "Products"),
    "scheme": Words("政策产品", "Schemes"),
    "lender": Words("金融机构", "Lenders"),
    "branch": Words("网点", "Branches"),
    "webhook": Words("消息推送", "Webhooks"),
    "demo": Words("演示数据", "Demo data"),
}

_OTHERS: Final[Mapping[str, Words]] = {
    "access.signed_in": Words("登录", "Signed in"),
    "access.session_ended": Words("结束会话", "Session ended"),
    "access.other_sessions_ended": Words("结束其他会话", "Other sessions ended"),
    "access.password_changed": Words("修改密码", "Password changed"),
    "access.second_factor_enrolled": Words("开通动态口令", "Second factor set up"),
    "access.token_created": Words("创建接口令牌", "API token made"),
    "access.token_revoked": Words("撤销接口令牌", "API token revoked"),
    "access.mail_changed": Words("修改邮件提醒", "Mail wish changed"),
    "access.first_administrator_created": Words("建立首个管理员", "First administrator made"),
    "application.started": Words("开始填写申请", "Application started"),
    "application.discarded": Words("放弃申请草稿", "Draft discarded"),
    "application.submitted": Words("提交申请", "Application sent"),
    "consent.prepared": Words("准备授权书", "Consent prepared"),
    "consent.signed": Words("签署授权", "Consent signed"),
    "consent.revoked": Words("撤销授权", "Consent revoked"),
    "consent.consumed": Words("授权用于授信", "Consent used for a grant"),
    "consent.ended": Words("授权终止", "Consent ended"),
    "consent.expired": Words("授权到期", "Consent expired"),
    "disclosure.refused": Words("查看数据被拒绝", "Look refused"),
    "claim.submitted": Words("提交认领", "Claim sent"),
    "claim.verified": Words("通过认领", "Claim verified"),
    "claim.refused": Words("驳回认领", "Claim refused"),
    "claim.revoked": Words("撤销认领", "Claim revoked"),
    "member.invited": Words("开通成员账号", "Member added"),
    "member.removed": Words("移除成员", "Member removed"),
    "member.handed_over": Words("移交企业", "Firm handed over"),
    "document.kept": Words("上传材料", "Document uploaded"),
    "document.deleted": Words("删除材料", "Document deleted"),
    "reported_fact.reported": Words("自报信息", "Fact reported"),
    "reported_fact.withdrawn": Words("撤回自报信息", "Report withdrawn"),
    "reported_fact.confirmed": Words("确认自报信息", "Report confirmed"),
    "reported_fact.refused": Words("自报信息不符", "Report refused"),
    "facts.recorded": Words("登记企业信息", "Facts recorded"),
    "facts.list_set": Words("更新名单", "List changed"),
    "labels.exported": Words("导出标签组合", "Combination of labels exported"),
    "firm.check_digit_accepted": Words("采用有误的校验码", "Wrong check digit accepted"),
    "firms.imported": Words("导入企业登记", "Registrations imported"),
    "line.recorded": Words("登记授信", "Line recorded"),
    "line.balance_reported": Words("报送余额", "Balance reported"),
    "line.corrected": Words("更正授信", "Line corrected"),
    "line.voided": Words("作废授信", "Line voided"),
    "product.created": Words("新建产品", "Product made"),
    "product.started": Words("新建产品版本", "Version started"),
    "product.draft_saved": Words("保存产品草稿", "Draft saved"),
    "product.draft_discarded": Words("放弃产品草稿", "Draft discarded"),
    "product.submitted": Words("提交产品审批", "Version sent for approval"),
    "product.approved": Words("审批通过产品", "Version approved"),
    "product.returned": Words("退回产品", "Version returned"),
    "product.published": Words("发布产品", "Version published"),
    "product.suspended": Words("暂停受理", "Product suspended"),
    "product.resumed": Words("恢复受理", "Product resumed"),
    "product.retired": Words("下架产品", "Product retired"),
    "scheme.created": Words("新建政策产品", "Scheme made"),
    "scheme.changed": Words("修改政策产品", "Scheme changed"),
    "scheme.joined": Words("机构加入政策产品", "Lender joined"),
    "scheme.left": Words("机构退出政策产品", "Lender left"),
    "lender.registered": Words("登记机构", "Lender registered"),
    "lender.registration_changed": Words("修改机构登记", "Registration changed"),
    "lender.profile_changed": Words("修改机构信息", "Profile changed"),
    "lender.approve": Words("批准入驻", "Lender approved"),
    "lender.suspend": Words("暂停机构", "Lender suspended"),
    "lender.resume": Words("恢复机构", "Lender resumed"),
    "lender.exit": Words("机构退出", "Lender exited"),
    "lender.member_added": Words("添加机构成员", "Member added"),
    "lender.member_changed": Words("修改机构成员", "Member changed"),
    "lender.member_ended": Words("停用机构成员", "Member ended"),
    "branch.opened": Words("新设网点", "Branch opened"),
    "branch.changed": Words("修改网点", "Branch changed"),
    "branch.closed": Words("停用网点", "Branch closed"),
    "branch.reopened": Words("恢复网点", "Branch reopened"),
    "webhook.added": Words("添加接收地址", "Endpoint added"),
    "webhook.changed": Words("修改接收地址", "Endpoint changed"),
    "webhook.rotated": Words("更换签名密钥", "Secret rotated"),
    "webhook.pause": Words("暂停推送", "Endpoint paused"),
    "webhook.resume": Words("恢复推送", "Endpoint resumed"),
    "webhook.remove": Words("移除接收地址", "Endpoint removed"),
    "webhook.tested": Words("发送测试消息", "Test message sent"),
    "webhook.replayed": Words("重新发送消息", "Message sent again"),
    "demo.loaded": Words("载入演示城市", "Demo city loaded"),
    "demo.history_loaded": Words("载入演示业务记录", "Demo history loaded"),
}

ACTIONS: Final[Mapping[str, Words]] = {
    **{f"submission.{step}": words for step, words in REVIEW_STEPS.items()},
    **{f"line.{step}": words for step, words in LINE_STEPS.items()},
    **_OTHERS,
}

VIA: Final[Mapping[str, Words]] = {
    "page": Words("网页", "Page"),
    "api": Words("接口", "API"),
    "system": Words("系统", "System"),
}


def action_words(action: str) -> Words:
    return ACTIONS.get(action) or Words(action, action)
