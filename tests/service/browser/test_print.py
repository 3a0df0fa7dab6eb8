"""What the browser prints: everything expanded, no navigation, on every page the hashes and the page's number; the letter on its own."""

from __future__ import annotations

import json
import re
from io import BytesIO
from unicodedata import normalize

import pytest
from pypdf import PdfReader

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def plain(text):
    """Ligatures and radicals of the typeface are letters again, and so is what is asked for."""
    return re.sub(r"\s+", " ", normalize("NFKC", text))


def printed(somebody):
    """The text of each printed page."""
    content = somebody.page.pdf(prefer_css_page_size=True)
    return [plain(page.extract_text()) for page in PdfReader(BytesIO(content)).pages]


def record_of(somebody, path):
    somebody.open(path + ".json")
    return json.loads(somebody.page.inner_text("body"))


@pytest.mark.req("T-07")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_signed_answer_on_paper(person, lang):
    monitor = person("monitor")
    told = record_of(monitor, "/s/aclf1/subjects/L-06/why")
    record, signature = told["record"], told["record"]["signature"]
    monitor.open("/s/aclf1/subjects/L-06/why").speak(lang)
    pages = printed(monitor)
    whole = " ".join(pages)
    for number, text in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in text
        for name in ("id", "record_hash", "data_sha256"):
            assert record[name] in text
    stamp = f"{signature['created'][:10]} {signature['created'][11:16]} UTC"
    said = {"en": f"Signed by Dr Lin, {stamp}", "zh": f"Dr Lin 于 {stamp}"}[lang]
    assert said in whole
    assert "Asia/Shanghai" in whole
    meaning = {"en": "I confirm that the subject is eligible.", "zh": "本人确认该受试者符合入组条件。"}[lang]
    # A reader of such files puts blanks between Chinese letters here and there.
    assert plain(meaning).replace(" ", "") in whole.replace(" ", "")
    # Every criterion with its evidence, as if it had been unfolded; nothing to click.
    assert [one["id"] for one in told["result"]["criteria"] if not re.search(rf"\b{one['id']} [✓–]", whole)] == []
    assert whole.count("window:" if lang == "en" else "时间窗") > 10
    for button in ("Screening log", "Replay", "CSV") if lang == "en" else ("筛选日志", "重算", "CSV"):
        assert button not in whole


@pytest.mark.req("T-07")
def test_a_filter_hides_nothing_on_paper(person):
    monitor = person("monitor").speak("en")
    monitor.open("/s/aclf1/subjects/L-02/why?show=fails")
    whole = " ".join(printed(monitor))
    assert "E1 ✓ not met, passes" in whole
    assert "E5 ✗ met, excludes" in whole


def test_the_letter_is_one_page_without_hashes(person):
    monitor = person("monitor").speak("en")
    monitor.open("/s/aclf1/subjects/L-02/why?read=letter")
    (text,) = printed(monitor)
    assert "What we found" in text
    assert "Three or more organ failures Who takes part must not have this." in text
    assert text.strip().endswith("Name of the study doctor Signature Date Telephone for questions")
    for foreign in ("L-01", "Not eligible", "excludes", "sha", "Worklist"):
        assert foreign not in text
