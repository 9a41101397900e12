"""Why a file cannot be read as a table, in words for the person who sent it."""

from __future__ import annotations

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words

_WORDS = {
    "file_format": Words(
        "不支持这种文件。请上传 TSV、CSV 或 XLSX 文件。",
        "We cannot take this kind of file. Upload a TSV, CSV or XLSX file.",
    ),
    "file_format_mismatch": Words(
        "文件内容与扩展名 {extension} 不符。请用原软件另存为该格式后再上传。",
        "The content is not what the extension {extension} says. Save it in that format again and upload it again.",
    ),
    "file_too_large": Words("文件超过 {limit} MB。请拆分后分批上传。", "The file is larger than {limit} MB. Split it and send the parts."),
    "file_empty": Words("文件是空的，没有任何数据。", "The file is empty."),
    "file_encoding": Words(
        "第 {line} 行附近有无法识别的字符。请将文件另存为 UTF-8 或 GB18030 编码后再上传。",
        "Near line {line} there are characters we cannot read. Save the file as UTF-8 or GB18030 and upload it again.",
    ),
    "file_truncated": Words(
        "文件在第 {line} 行处中断，似乎没有传完整。请重新导出后再上传。",
        "The file breaks off at line {line}; it seems incomplete. Export it again and upload it again.",
    ),
    "file_quotes": Words(
        "从第 {line} 行开始的一格引号不配对，后面的内容无法分列。请检查该行的英文双引号。",
        "The quotes of a cell beginning at line {line} do not pair up, so the columns after it are lost. Check that line.",
    ),
    "file_damaged": Words(
        "文件已损坏，无法打开。请用原软件重新保存后再上传。",
        "The file is damaged and cannot be opened. Save it again and upload it again.",
    ),
    "file_protected": Words("文件设有密码。请取消密码后再上传。", "The file has a password. Remove the password and upload it again."),
    "file_unpacks_too_large": Words(
        "文件解压后过大，已拒绝读取。请拆分后分批上传。",
        "The file is too large once unpacked, so we did not read it. Split it and send the parts.",
    ),
    "file_unsafe": Words(
        "文件里有不应出现在表格中的内容（实体定义），已拒绝读取。",
        "The file contains entity definitions, which do not belong in a table, so we did not read it.",
    ),
    "too_many_rows": Words("超过 {limit} 行。请拆分后分批上传。", "There are more than {limit} rows. Split the file and send the parts."),
    "too_many_columns": Words("超过 {limit} 列。请删除无关的列。", "There are more than {limit} columns. Remove those not needed."),
    "cell_too_long": Words("第 {line} 行有一格超过 {limit} 个字。", "A cell in line {line} is longer than {limit} characters."),
    "no_header": Words(
        "没有找到表头。第一行应是各列的名称。",
        "There is no header. The first row should name the columns.",
    ),
    "duplicate_header": Words(
        "表头“{name}”出现了不止一次，无法判断用哪一列。",
        "The heading “{name}” appears more than once, so we cannot tell which column to use.",
    ),
    "missing_columns": Words("缺少必需的列：{names}。", "Required columns are missing: {names}."),
    "no_sheet": Words("工作簿中没有可读的工作表。", "The workbook has no sheet to read."),
}  # fmt: skip


def refusal(code: str, **values: object) -> InvalidInput:
    """The error of a code above, its fields filled."""
    words = _WORDS[code].fill(**values)
    return InvalidInput({"file": [words]}, words, code=code)
