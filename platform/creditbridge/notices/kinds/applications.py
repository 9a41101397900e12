"""What lenders and firms are told about applications and reported facts."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.kernel.words import Words
from creditbridge.notices.rules import NoticeKind

TO_LENDER: Mapping[str, NoticeKind] = {
    "submission.received": NoticeKind(
        Words("收到新的贷款申请", "New application"),
        Words(
            "{firm}申请“{product}”，金额 {amount}，请受理。",
            "{firm} applies for “{product}”, {amount}. Please accept or refuse it.",
        ),
    ),
    "submission.assigned": NoticeKind(
        Words("申请已分配给您", "An application was assigned to you"),
        Words("{firm}的“{product}”申请由您办理。", "You now handle {firm}’s application for “{product}”."),
    ),
    "submission.transferred": NoticeKind(
        Words("申请已转至本网点", "An application was transferred to your branch"),
        Words(
            "{firm}的“{product}”申请转由{branch}办理。",
            "{firm}’s application for “{product}” is now handled by {branch}.",
        ),
    ),
    "submission.to_review": NoticeKind(
        Words("请开始审核", "Start the review"),
        Words(
            "{firm}的“{product}”申请已受理，请开始审核。",
            "{firm}’s application for “{product}” was accepted. Start the review.",
        ),
    ),
    "submission.in_review": NoticeKind(
        Words("请给出审核意见", "Finish the review"),
        Words(
            "{firm}的“{product}”申请在审核中，请拟定方案或作出决定。",
            "{firm}’s application for “{product}” is under review. Propose terms or decide.",
        ),
    ),
    "submission.supplement_answered": NoticeKind(
        Words("企业已补充材料", "The firm has supplied what you asked for"),
        Words(
            "{firm}已就“{product}”申请补充材料，请继续审核。",
            "{firm} has answered your request on “{product}”. Continue the review.",
        ),
    ),
    "submission.terms_to_approve": NoticeKind(
        Words("有授信方案待审批", "Terms await approval"),
        Words(
            "{firm}“{product}”的授信方案：{amount}，请审批。",
            "Terms for {firm}, “{product}”: {amount}. Please approve or return them.",
        ),
    ),
    "submission.terms_second_approval": NoticeKind(
        Words("有授信方案待第二位审批人审批", "Terms await a second approver"),
        Words(
            "{firm}“{product}”的授信方案：{amount}，超过双人审批限额，请另一位审批人审批。",
            "Terms for {firm}, “{product}”: {amount}, above your limit. Another approver has to decide.",
        ),
    ),
    "submission.stepped_aside": NoticeKind(
        Words("经办人回避，请接手申请", "An officer stepped aside"),
        Words(
            "{firm}的“{product}”申请原经办人须回避，请分配或接手办理。",
            "The officer of {firm}’s application for “{product}” has stepped aside. Please take it over.",
        ),
    ),
    "submission.conflict_named": NoticeKind(
        Words("企业指出利益关系", "A firm named a conflict of interest"),
        Words(
            "{firm}指出本机构人员与其存在利益关系，请核实并安排回避。",
            "{firm} says that one of your people has a tie to it. Please look into it.",
        ),
    ),
    "submission.terms_returned": NoticeKind(
        Words("授信方案被退回", "Terms were returned"),
        Words(
            "{firm}“{product}”的授信方案被退回，请按意见修改。",
            "The terms for {firm}, “{product}” were returned. Revise them.",
        ),
        "warning",
    ),
    "submission.offer_accepted": NoticeKind(
        Words("企业已接受授信方案", "The firm has accepted the offer"),
        Words(
            "{firm}接受了“{product}”的方案，金额 {amount}，请签约并登记授信。",
            "{firm} accepted the offer of {amount} under “{product}”. Sign the contract and record the grant.",
        ),
        "success",
    ),
    "submission.offer_declined": NoticeKind(
        Words("企业未接受授信方案", "The firm has declined the offer"),
        Words("{firm}未接受“{product}”的授信方案。", "{firm} declined the offer under “{product}”."),
        "warning",
    ),
    "submission.renegotiation_asked": NoticeKind(
        Words("企业希望调整方案", "The firm asks for other terms"),
        Words(
            "{firm}希望调整“{product}”的授信方案，请重新审核。",
            "{firm} asks to change the terms of “{product}”. Review it again.",
        ),
    ),
    "submission.withdrawn": NoticeKind(
        Words("企业已撤回申请", "The firm has withdrawn its application"),
        Words(
            "{firm}撤回了“{product}”的申请，无需再办理。",
            "{firm} withdrew its application for “{product}”. Nothing more to do.",
        ),
        "warning",
    ),
    "submission.consent_revoked": NoticeKind(
        Words("企业已撤销授权", "The firm has revoked its consent"),
        Words(
            "{firm}撤销了授权，“{product}”的申请随之撤回，不能再查询其信息。",
            "{firm} revoked its consent, which withdraws its application for “{product}”. You may no longer look at its data.",
        ),
        "warning",
    ),
    "submission.superseded": NoticeKind(
        Words("企业已选择其他方案", "The firm has chosen another offer"),
        Words(
            "{firm}接受了其他机构的方案，“{product}”的申请结束。",
            "{firm} accepted another lender’s offer; its application for “{product}” ends.",
        ),
    ),
    "submission.offer_lapsed_lender": NoticeKind(
        Words("授信方案已失效", "An offer has expired"),
        Words(
            "{firm}未在有效期内确认“{product}”的方案。",
            "{firm} did not answer the offer under “{product}” in time.",
        ),
        "warning",
    ),
    "submission.supplement_missed_lender": NoticeKind(
        Words("企业逾期未补齐材料", "The firm did not supply documents in time"),
        Words(
            "{firm}“{product}”的申请因材料未补齐而终止。",
            "{firm}’s application for “{product}” ended because documents were not supplied.",
        ),
        "warning",
    ),
    "submission.reopened_lender": NoticeKind(
        Words("申请重新进入审核", "An application was reopened"),
        Words(
            "{firm}的“{product}”申请经审批人同意重新审核。",
            "An approver reopened {firm}’s application for “{product}”.",
        ),
    ),
}

TO_FIRM: Mapping[str, NoticeKind] = {
    "reported_fact.confirmed": NoticeKind(
        Words("自报信息已核实", "A fact you reported was confirmed"),
        Words("{lender}已核实您填报的“{fact}”。", "{lender} has confirmed the “{fact}” you reported."),
        "success",
    ),
    "reported_fact.refused": NoticeKind(
        Words("自报信息核实不符", "A fact you reported was not confirmed"),
        Words(
            "{lender}核实后认为您填报的“{fact}”与证明材料不符，原因：{reason}。请更正后重新填报。",
            "{lender} found that the “{fact}” you reported does not agree with its evidence: {reason}. Correct it and report it again.",
        ),
        "warning",
    ),
    "submission.accepted": NoticeKind(
        Words("申请已受理", "Your application was accepted for processing"),
        Words(
            "{lender}已受理您的“{product}”申请。", "{lender} has taken up your application for “{product}”."
        ),
        "success",
    ),
    "submission.not_accepted": NoticeKind(
        Words("申请不予受理", "Your application was not taken up"),
        Words(
            "{lender}对“{product}”的申请不予受理，原因：{reasons}。",
            "{lender} did not take up your application for “{product}”: {reasons}.",
        ),
        "danger",
    ),
    "submission.review_started": NoticeKind(
        Words("申请进入审核", "Review has started"),
        Words(
            "{lender}开始审核您的“{product}”申请。",
            "{lender} has started to review your application for “{product}”.",
        ),
    ),
    "submission.supplement_requested": NoticeKind(
        Words("请补充材料", "More documents are needed"),
        Words(
            "{lender}请您为“{product}”申请补充材料，截止 {deadline}，逾期申请将终止。",
            "{lender} asks for more documents for “{product}” by {deadline}; after that the application ends.",
        ),
        "warning",
    ),
    "submission.terms_proposed": NoticeKind(
        Words("授信方案审批中", "Terms are being approved"),
        Words(
            "{lender}已为“{product}”拟定授信方案，正在内部审批。",
            "{lender} has drafted terms for “{product}” and is approving them internally.",
        ),
    ),
    "submission.review_continued": NoticeKind(
        Words("继续审核", "The review continues"),
        Words(
            "{lender}继续审核您的“{product}”申请。",
            "{lender} continues to review your application for “{product}”.",
        ),
    ),
    "submission.offered": NoticeKind(
        Words("收到授信方案", "You have an offer"),
        Words(
            "{lender}就“{product}”给出授信方案：{amount}，请在 {expires_on} 前确认。",
            "{lender} offers {amount} under “{product}”. Answer by {expires_on}.",
        ),
        "success",
    ),
    "submission.offer_lapsed_firm": NoticeKind(
        Words("授信方案已失效", "An offer has expired"),
        Words("{lender}“{product}”的授信方案已过有效期。", "{lender}’s offer under “{product}” has expired."),
        "warning",
    ),
    "submission.supplement_missed_firm": NoticeKind(
        Words("材料未补齐，申请终止", "Application ended: documents missing"),
        Words(
            "{lender}“{product}”的申请因逾期未补齐材料而终止，您可以重新申请。",
            "Your application to {lender} for “{product}” ended because documents were not supplied in time. You may apply again.",
        ),
        "danger",
    ),
    "submission.rejected": NoticeKind(
        Words("申请未通过", "Your application was rejected"),
        Words(
            "{lender}未通过您的“{product}”申请，原因：{reasons}。",
            "{lender} rejected your application for “{product}”: {reasons}.",
        ),
        "danger",
    ),
    "submission.reopened_firm": NoticeKind(
        Words("申请重新审核", "Your application was reopened"),
        Words(
            "{lender}重新审核您的“{product}”申请。",
            "{lender} is reviewing your application for “{product}” again.",
        ),
    ),
    "submission.granted": NoticeKind(
        Words("授信已登记", "The grant is recorded"),
        Words("{lender}“{product}”已授信 {amount}。", "{lender} has granted {amount} under “{product}”."),
        "success",
    ),
    "submission.closed": NoticeKind(
        Words("申请已办结", "Your application is complete"),
        Words(
            "{lender}“{product}”的申请已办结。", "Your application to {lender} for “{product}” is complete."
        ),
    ),
}
