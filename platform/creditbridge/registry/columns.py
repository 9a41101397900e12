"""Which column of a file is which field of a firm: by known headings in Chinese and English, or by a map.

When several headings mean the same field the one listed first is taken; all columns that are not read are
named in the report. Columns with the names or telephone numbers of people are not read on purpose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.registry.widths import half_width


class Field(StrEnum):
    """What a column of a file of firms can mean."""

    USCC = "uscc"
    OLD_NUMBER = "old_number"
    NAME = "name"
    ESTABLISHED_ON = "reg_date"
    TYPE = "type"
    STATUS = "status"
    CAPITAL = "capital_raw"
    CURRENCY = "currency"
    SCOPE = "scope"
    INDUSTRY = "industry"
    REGION = "region"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    ADDRESS = "address"


FIELD_WORDS: Mapping[Field, Words] = {
    Field.USCC: Words("统一社会信用代码", "unified social credit code"),
    Field.OLD_NUMBER: Words("注册号", "old registration number"),
    Field.NAME: Words("企业名称", "name"),
    Field.ESTABLISHED_ON: Words("成立日期", "date of establishment"),
    Field.TYPE: Words("企业类型", "type of entity"),
    Field.STATUS: Words("登记状态", "registration status"),
    Field.CAPITAL: Words("注册资本", "registered capital"),
    Field.CURRENCY: Words("币种", "currency"),
    Field.SCOPE: Words("经营范围", "scope of business"),
    Field.INDUSTRY: Words("行业代码", "industry code"),
    Field.REGION: Words("行政区划", "region"),
    Field.PROVINCE: Words("省份", "province"),
    Field.CITY: Words("城市", "city"),
    Field.DISTRICT: Words("区县", "district"),
    Field.ADDRESS: Words("住所", "address"),
}

# Best first. Written as _plain() leaves them: half-width, lower case, without spaces, underscores and brackets.
_HEADINGS: Mapping[Field, tuple[str, ...]] = {
    Field.USCC: ("统一社会信用代码", "社会统一信用代码", "统一信用代码", "社会信用代码", "信用代码", "统一代码", "uscc", "creditcode",
                 "unifiedsocialcreditcode", "socialcreditcode", "usci", "creditno", "统一社会信用代码/注册号", "注册号/统一社会信用代码"),
    Field.OLD_NUMBER: ("注册号", "工商注册号", "旧注册号", "原注册号", "oldnumber", "registrationnumber", "regno", "regnumber"),
    Field.NAME: ("企业名称", "公司名称", "名称", "主体名称", "经营主体名称", "市场主体名称", "单位名称", "机构名称", "企业名", "公司名",
                 "字号名称", "name", "companyname", "company", "enterprisename", "entname", "firmname", "firm"),
    Field.ESTABLISHED_ON: ("成立日期", "成立时间", "注册日期", "注册时间", "登记日期", "设立日期", "开业日期", "regdate", "establishedon",
                           "established", "establishmentdate", "registrationdate", "estdate", "founded", "startdate", "establishtime"),
    Field.TYPE: ("企业类型", "公司类型", "主体类型", "市场主体类型", "经营主体类型", "类型", "登记类型", "机构类型", "type", "companytype",
                 "enttype", "entitytype", "companyorgtype"),
    Field.STATUS: ("登记状态", "经营状态", "企业状态", "状态", "存续状态", "主体状态", "status", "regstatus", "entstatus", "operatingstatus",
                   "registrationstatus"),
    Field.CAPITAL: ("注册资本", "注册资金", "认缴注册资本", "认缴资本", "资金数额", "出资额", "capitalraw", "capital", "registeredcapital",
                    "regcapital", "regcap"),
    Field.CURRENCY: ("币种", "注册资本币种", "资本币种", "currency", "capitalcurrency", "regcapcur"),
    Field.SCOPE: ("经营范围", "业务范围", "经营范围及方式", "scope", "businessscope", "opscope"),
    Field.INDUSTRY: ("行业代码", "国民经济行业代码", "行业小类代码", "行业", "所属行业", "行业名称", "国民经济行业", "行业门类", "industry", "industrycode",
                     "industrycategory"),
    Field.REGION: ("行政区划", "行政区划代码", "行政区域代码", "区划代码", "所属地区", "地区", "所属区域", "region", "regioncode", "areacode",
                   "districtcode", "admindivision"),
    Field.PROVINCE: ("省份", "省", "所属省份", "所在省份", "province", "registrationprovince"),
    Field.CITY: ("城市", "市", "所属城市", "所在城市", "地市", "city", "registrationcity"),
    Field.DISTRICT: ("区县", "区/县", "所属区县", "所在区县", "县区", "district", "county"),
    Field.ADDRESS: ("住所", "注册地址", "企业地址", "地址", "经营场所", "企业住所", "通讯地址", "address", "registeredaddress", "reglocation",
                    "domicile"),
}  # fmt: skip

_DROPPED = re.compile(r"[\s_*\-()\[\]:]+")
_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")
_UNITS = {"万元": "万元", "万元人民币": "万元", "万人民币": "万元", "万": "万元", "人民币万元": "万元", "元": "元", "元人民币": "元", "人民币元": "元"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportMap:
    """An operator's own reading of a file: heading → field, and what a bare capital is counted in."""

    columns: Mapping[str, Field]
    capital_unit: str | None = None

    @classmethod
    def from_json(cls, text: str | bytes) -> ImportMap:
        """Read a map such as ``{"columns": {"代码": "uscc", "字号": "name"}, "capital_unit": "万元"}``.

        Raises:
            InvalidInput: ``import_map`` if it is not such an object or names an unknown field.
        """
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _map_error(
                Words("列对应关系不是有效的 JSON。", "The column map is not valid JSON.")
            ) from error
        if not isinstance(value, dict) or set(value) - {"columns", "capital_unit"}:
            raise _map_error(_SHAPE)
        columns, unit = value.get("columns"), value.get("capital_unit")
        if not isinstance(columns, dict) or unit not in (None, "元", "万元"):
            raise _map_error(_SHAPE)
        return cls({heading: _field(name) for heading, name in columns.items()}, unit)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in a row; ``unread`` are the headings of columns that are not taken."""

    places: Mapping[Field, int]
    unread: tuple[str, ...]
    capital_unit: str | None

    def texts(self, cells: Sequence[str]) -> dict[Field, str]:
        return {field: cells[place] for field, place in self.places.items()}


def resolve(header: Sequence[str], own: ImportMap | None = None) -> Columns:
    """Find the fields of a header. The code (or the old number) and the name must be there.

    Raises:
        InvalidInput: ``missing_columns`` naming them, or ``import_map`` if the map names an absent heading.
    """
    places = _mapped(header, own) if own else {}
    plain = {_plain(name): place for place, name in reversed(list(enumerate(header)))}
    for field, known in _HEADINGS.items():
        if field in places:
            continue
        found = next(
            (plain[name] for name in known if name in plain and plain[name] not in places.values()), None
        )
        if found is not None:
            places[field] = found
    _require(places, header)
    taken = set(places.values())
    unread = tuple(name for place, name in enumerate(header) if name and place not in taken)
    return Columns(places, unread, _capital_unit(header, places, own))


def _mapped(header: Sequence[str], own: ImportMap) -> dict[Field, int]:
    places: dict[Field, int] = {}
    for heading, field in own.columns.items():
        if heading not in header:
            words = Words("文件中没有“{heading}”这一列。", "The file has no column “{heading}”.")
            raise _map_error(words.fill(heading=heading))
        if field in places:
            words = Words("字段 {field} 对应了不止一列。", "More than one column is mapped to {field}.")
            raise _map_error(words.fill(field=field.value))
        places[field] = list(header).index(heading)
    return places


def _require(places: Mapping[Field, int], header: Sequence[str]) -> None:
    missing = [] if Field.USCC in places or Field.OLD_NUMBER in places else [Field.USCC]
    missing += [] if Field.NAME in places else [Field.NAME]
    if not missing:
        return
    names = Words(
        "、".join(FIELD_WORDS[f].zh for f in missing), ", ".join(FIELD_WORDS[f].en for f in missing)
    )
    found = "、".join(name for name in header if name)[:200]
    words = Words(
        "缺少必需的列：{names}。文件中的列为：{found}。可用列对应关系（map）指明。",
        "Required columns are missing: {names}. The file has: {found}. A column map can say which they are.",
    ).fill(names=names, found=found)
    raise InvalidInput({"file": [words]}, words, code="missing_columns")


def _capital_unit(header: Sequence[str], places: Mapping[Field, int], own: ImportMap | None) -> str | None:
    if own and own.capital_unit:
        return own.capital_unit
    if Field.CAPITAL not in places:
        return None
    stated = _BRACKETS.search(half_width(header[places[Field.CAPITAL]]))
    return _UNITS.get(_DROPPED.sub("", stated.group(1))) if stated else None


def _plain(heading: str) -> str:
    return _DROPPED.sub("", _BRACKETS.sub("", half_width(heading)).lower())


def _field(name: Any) -> Field:
    try:
        return Field(name)
    except ValueError:
        words = Words(
            "列对应关系中的字段“{name}”不存在。可用的字段：{known}。",
            "The map names an unknown field “{name}”. Known fields: {known}.",
        )
        raise _map_error(words.fill(name=str(name)[:40], known=", ".join(Field))) from None


_SHAPE = Words(
    '列对应关系应为 {"columns": {"列名": "字段"}, "capital_unit": "万元"}。',
    'A column map looks like {"columns": {"heading": "field"}, "capital_unit": "万元"}.',
)


def _map_error(words: Words) -> InvalidInput:
    return InvalidInput({"map": [words]}, words, code="import_map")
