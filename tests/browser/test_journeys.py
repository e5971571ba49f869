"""What patients do with the widget, from the first click to the deletion."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chat import REPORT, Chat
from tests.browser.site import ScriptedRasa
from tests.browser.states import CRISIS, EMERGENCY

Visit = Callable[..., Chat]
MESSAGES = "**/current/messages"


def failing(page: Page, status: int, name: str, detail: str, retry_after: str = "") -> None:
    """Have the next message refused with a problem document, and those after it go through."""
    document = {"type": f"urn:plainscan:problem:{name}", "title": "T", "status": status, "detail": detail}
    headers = {"Content-Type": "application/problem+json", **({"Retry-After": retry_after} if retry_after else {})}
    page.route(
        MESSAGES, lambda route: route.fulfill(status=status, headers=headers, body=json.dumps(document)), times=1
    )


class TestAsking:
    def test_a_question_gets_its_card(self, visit: Visit, rasa: ScriptedRasa) -> None:
        turn = visit().open().ask("is marrow edema bad?")
        passage = rasa.library.passages["bone-marrow-edema#how-serious"]
        expect(turn.get_by_role("heading", name=passage.title)).to_be_visible()
        for paragraph in passage.text.split("\n\n"):
            expect(turn.get_by_text(paragraph)).to_be_visible()
        expect(turn.get_by_text("Draft: no clinician has reviewed this text yet.")).to_be_visible()
        expect(turn.get_by_text(passage.sources[0].title)).to_be_hidden()
        turn.get_by_text(f"Sources ({len(passage.sources)})").click()
        link = turn.get_by_role("link", name=passage.sources[0].title)
        expect(link).to_have_attribute("href", passage.sources[0].url)
        expect(link).to_have_attribute("rel", "noopener noreferrer")

    def test_what_led_to_a_card_stands_before_it(self, visit: Visit, rasa: ScriptedRasa) -> None:
        lead = "You did not name a finding, so this is about bone marrow edema."
        rasa.answers["?"] = [rasa.passage("bone-marrow-edema#causes", lead)]
        turn = visit().open().ask("?")
        expect(turn.locator(".answer > .prose")).to_have_text(lead)

    def test_a_list_in_a_passage_is_a_list(self, visit: Visit, rasa: ScriptedRasa) -> None:
        turn = visit().open().ask("how long does it last")
        text = rasa.library.passages["bone-marrow-edema#recovery-time"].text
        expect(turn.locator(".card .prose li")).to_have_count(text.count("\n- "))

    def test_a_suggestion_asks_the_next_question(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        title = "How long does it take to get better?"
        turn = chat.press(title)
        expect(turn.locator(".said")).to_contain_text(title)
        expect(turn.get_by_role("heading", name="how long it takes")).to_be_visible()
        assert rasa.heard == ['/explain_passage{"passage": "bone-marrow-edema#recovery-time"}']

    def test_old_suggestions_are_gone(self, visit: Visit) -> None:
        chat = visit().open()
        expect(chat.turns.first.get_by_role("button")).to_have_count(4)
        chat.ask("is marrow edema bad?")
        expect(chat.turns.first.get_by_role("button")).to_have_count(0)
        expect(chat.turns.last.locator(".suggestion")).not_to_have_count(0)

    def test_where_it_is_unsure_one_picks(self, visit: Visit) -> None:
        chat = visit().open()
        turn = chat.ask("stress")
        expect(turn.locator(".prose")).to_have_text("I am not sure what you mean. Is it one of these?")
        turn = chat.press("What is a stress fracture?")
        expect(turn.get_by_role("heading", name="Stress fracture")).to_be_visible()

    def test_what_it_cannot_answer_is_said_with_the_phone_to_tap(self, visit: Visit) -> None:
        turn = visit().open().ask("car insurance")
        expect(turn.get_by_text("I can't help with that.")).to_be_visible()
        expect(turn.get_by_role("link", name="+1 555 0100")).to_have_attribute("href", "tel:+15550100")

    def test_a_type_that_is_not_known_is_shown_as_its_text(self, visit: Visit) -> None:
        chat = visit().open()
        message = {"id": "1", "type": "hologram", "text": "Words.\n\nMore words.", "buttons": [], "hologram": {}}
        chat.page.route(MESSAGES, lambda route: route.fulfill(json={"messages": [message]}))
        expect(chat.ask("x").locator(".prose p")).to_have_text(["Words.", "More words."])

    def test_a_known_type_without_its_part_is_shown_as_its_text(self, visit: Visit) -> None:
        chat = visit().open()
        messages = [{"id": "1", "type": name, "text": f"{name} alone"} for name in ("explanation", "report", "urgent")]
        chat.page.route(MESSAGES, lambda route: route.fulfill(json={"messages": messages}))
        expect(chat.ask("x").locator(".prose")).to_have_text(["explanation alone", "report alone", "urgent alone"])

    def test_whether_it_helped_and_why_not(self, visit: Visit) -> None:
        chat = visit().open()
        sent: list[Any] = []
        chat.page.on(
            "request", lambda request: sent.append(request.post_data_json) if "feedback" in request.url else None
        )
        turn = chat.ask("is marrow edema bad?")
        turn.get_by_role("button", name="No", exact=True).click()
        turn.get_by_role("button", name="Hard to understand").click()
        expect(turn.get_by_text("Thank you. We count this answer.")).to_be_visible()
        assert [(body["helpful"], body.get("reason")) for body in sent] == [
            (False, None),
            (False, "hard-to-understand"),
        ]
        chat.page.reload()
        chat.greeted()
        expect(chat.turns.last.get_by_text("Thank you. We count this answer.")).to_be_visible()


class TestUrgent:
    def test_an_emergency_comes_first_with_the_number_to_call(self, visit: Visit) -> None:
        turn = visit().open().ask(EMERGENCY)
        alert = turn.get_by_role("alert")
        expect(alert.get_by_role("heading", name="Get help now")).to_be_visible()
        expect(alert.get_by_role("link", name="Call 911 now")).to_have_attribute("href", "tel:911")
        assert alert.get_by_role("button").count() == 0, "nothing closes it"

    def test_thoughts_of_suicide_have_the_crisis_line_first(self, visit: Visit) -> None:
        alert = visit().open().ask(CRISIS).get_by_role("alert")
        expect(alert.get_by_role("heading", name="Please talk to someone now")).to_be_visible()
        calls = [(link.inner_text().strip(), link.get_attribute("href")) for link in alert.locator("a.call").all()]
        assert calls == [("Call 988", "tel:988"), ("Call 911 now", "tel:911")]

    @pytest.mark.parametrize(("asked", "title"), [("hot foot", "Get help today"), ("night pain", "looked at soon")])
    def test_what_is_less_than_an_emergency_has_the_clinics_phone(self, visit: Visit, asked: str, title: str) -> None:
        alert = visit().open().ask(asked).get_by_role("alert")
        expect(alert.get_by_role("heading", name=title)).to_be_visible()
        expect(alert.get_by_role("link", name="Call Example Clinic")).to_have_attribute("href", "tel:+15550100")

    def test_it_is_still_there_after_a_reload(self, visit: Visit) -> None:
        chat = visit().open()
        chat.ask(EMERGENCY)
        chat.page.reload()
        expect(chat.greeted().page.get_by_role("alert")).to_be_visible()


# More than any sheet holds: findings of the spine at every level, with words that are not known.
LONG = "\n".join(
    ["MRI LUMBAR SPINE", "FINDINGS:", "No fracture. No cord compression. No spondylolysis. No synovitis. No erosion."]
    + [f"L{n}-L{n + 1}: Severe disc bulge with severe bilateral foraminal stenosis, grade 1 spondylolisthesis, annular "
       f"fissure, Modic type 1 changes, facet arthropathy and moderate to severe canal stenosis. Possible Tarlov cyst, "
       f"possible disc herniation and possible nerve root compression. Prominent thingummy lesion {n} with a long name "
       f"cannot be excluded." for n in range(1, 5)]
)  # fmt: skip


class TestReport:
    def test_it_is_walked_through_in_groups(self, visit: Visit) -> None:
        turn = (chat := visit().open()).paste_report()
        expect(turn.locator(".said")).to_contain_text(f"You sent a report ({len(REPORT)} characters).")
        groups = turn.locator(".group[data-status]")
        assert [group.locator(".status").inner_text() for group in groups.all()] == [
            "Found", "Not certain", "Not found", "Earlier",
        ]  # fmt: skip
        for group in groups.all():
            expect(group.locator("h4 svg")).to_have_count(1)
        found = groups.nth(0).locator(".finding")
        expect(found).to_have_count(2)
        expect(found.nth(0).locator("strong")).to_have_text("1. Bone marrow edema")
        expect(found.nth(0).locator("small")).to_have_text("moderate · left")
        expect(found.nth(0).locator("mark")).to_have_text("marrow edema")
        expect(found.nth(0).locator("blockquote")).to_contain_text(
            "“There is moderate marrow edema in the medial tibial plateau.”"
        )
        expect(found.nth(0)).to_contain_text("It is a sign with many possible causes")
        ruled_out = groups.nth(2).locator(".finding")
        expect(ruled_out.locator("strong")).to_have_text(["4. Fracture", "5. Avascular necrosis", "6. ACL tear"])
        expect(ruled_out.nth(2)).to_contain_text("Your report calls this part normal, so this was NOT seen.")
        for title, words in (
            ("How sure the radiologist is", "cannot be excluded"),
            ("Called normal", "ACL is intact"),
            ("Not explained here", "plica"),
            ("Questions for your doctor", "Bone marrow edema: What is the most likely cause"),
        ):
            expect(turn.locator(".group", has=chat.page.get_by_role("heading", name=title))).to_contain_text(words)
        expect(turn).to_contain_text("Draft: no clinician has reviewed these explanations yet.")
        assert chat.reports() == []

    def test_where_it_contradicts_itself_both_sentences_stand_first(self, visit: Visit) -> None:
        report = "FINDINGS: No medial meniscus tear. Small joint effusion.\n\nIMPRESSION: Medial meniscus tear."
        turn = visit().open().paste_report(report)
        expect(turn.locator(".group").first).to_contain_text("Your report says two things")
        expect(turn.locator(".group").first).to_contain_text("“No medial meniscus tear”")
        expect(turn.locator(".group[data-status=present]")).not_to_contain_text("Meniscus tear")

    def test_a_report_typed_into_the_ordinary_field_is_read_as_one(self, visit: Visit) -> None:
        turn = visit().open().ask(f"FINDINGS: {REPORT}")
        expect(turn.locator(".group[data-status]")).to_have_count(4)

    def test_a_finding_is_explained_on_demand_and_the_report_stays(self, visit: Visit) -> None:
        chat = visit().open()
        chat.paste_report()
        chat.page.get_by_role("button", name="What is bone marrow edema?").click()
        expect(chat.turns).to_have_count(3)
        expect(chat.turns.last.get_by_role("heading", name="Bone marrow edema: what it is")).to_be_visible()
        expect(chat.turns.nth(1).get_by_role("button", name="What is a fracture?")).to_be_visible()

    def test_what_a_finding_offers_is_not_offered_again_below(self, visit: Visit) -> None:
        turn = visit().open().paste_report()
        expect(turn.locator(".suggestion")).to_have_text(
            [re.compile("How serious"), re.compile("What usually happens")]
        )

    def test_the_sheet_is_saved(self, visit: Visit) -> None:
        chat = visit().open()
        chat.paste_report()
        with chat.page.expect_download() as download:
            chat.page.get_by_role("button", name="Save").click()
        assert download.value.suggested_filename == "questions-for-my-visit.html"
        page = download.value.path().read_text("utf-8")
        assert "<h1>For my visit</h1>" in page
        assert "<li>Bone marrow edema: a bright area inside a bone (moderate, left)</li>" in page

    @pytest.mark.parametrize("size", ["A4", "Letter"])
    def test_the_saved_sheet_prints_on_one_page_however_long_the_report(
        self, visit: Visit, new_page: Callable[..., Any], size: str
    ) -> None:
        chat = visit().open()
        chat.paste_report(LONG)
        with chat.page.expect_download() as download:
            chat.page.get_by_role("button", name="Save").click()
        page = new_page()
        page.set_content(download.value.path().read_text("utf-8"))
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=size, prefer_css_page_size=False))) == 1

    def test_the_sheet_is_printed_and_nothing_else_of_the_page(self, visit: Visit) -> None:
        chat = visit().open()
        chat.paste_report()
        chat.page.evaluate("window.print = () => { window.printed = true }")
        chat.page.get_by_role("button", name="Print").click()
        assert chat.page.evaluate("window.printed")
        sheet = chat.page.locator("[data-plainscan-sheet]")
        expect(sheet).to_be_hidden()
        chat.page.emulate_media(media="print")
        expect(sheet.get_by_role("heading", name="For my visit")).to_be_visible()
        expect(chat.page.locator("main#main")).to_be_hidden()
        expect(chat.panel).to_be_hidden()
        # Chromium's own print, on one page; what is shown for it goes afterwards.
        assert len(re.findall(rb"/Type\s*/Page\b", chat.page.pdf(format="A4"))) == 1
        chat.page.emulate_media(media="screen")
        expect(sheet).to_have_count(0)
        expect(chat.page.locator("main#main")).to_be_visible()
        assert chat.reports() == []

    def test_pasting_can_be_left_and_keeps_the_text(self, visit: Visit) -> None:
        chat = visit().open()
        chat.page.get_by_role("button", name="Paste your report").click()
        expect(chat.page.get_by_text("Leave out your name, date of birth")).to_be_visible()
        chat.page.get_by_label("Text of the report").fill("half of it")
        chat.page.get_by_role("button", name="Cancel").click()
        expect(chat.question).to_be_visible()
        chat.page.get_by_role("button", name="Paste your report").click()
        expect(chat.page.get_by_label("Text of the report")).to_have_value("half of it")

    def test_a_question_that_is_too_long_can_go_as_a_report(self, visit: Visit) -> None:
        chat = visit().open()
        chat.question.fill(REPORT * 9)
        expect(chat.page.locator("plainscan-chat #counter")).to_have_text(re.compile(r"Too long by [\d,]+ characters"))
        chat.question.press("Enter")
        expect(chat.turns).to_have_count(1)
        turn = chat.press("Send it as a report")
        expect(turn.get_by_role("heading", name="Your report, finding by finding")).to_be_visible()


class TestWriting:
    def test_enter_sends_and_shift_enter_begins_a_line(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        chat.question.press_sequentially("one")
        chat.question.press("Shift+Enter")
        chat.question.press_sequentially("two")
        expect(chat.question).to_have_value("one\ntwo")
        chat.question.press("Enter")
        expect(chat.turns).to_have_count(2)
        chat.settled()
        assert rasa.heard == ["one\ntwo"]
        expect(chat.question).to_have_value("")

    def test_enter_that_ends_a_composition_does_not_send(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        chat.question.fill("ほね")
        for composing in ({"isComposing": True}, {"keyCode": 229}):
            chat.question.dispatch_event("keydown", {"key": "Enter", **composing})
        chat.page.wait_for_timeout(100)
        assert chat.turns.count() == 1 and rasa.heard == []

    def test_the_field_grows_up_to_a_point(self, visit: Visit) -> None:
        chat = visit().open()
        heights = []
        for lines in (1, 3, 40):
            chat.question.fill("\n".join("line" for _ in range(lines)))
            heights.append(chat.question.bounding_box()["height"])  # type: ignore[index]
        assert heights[0] < heights[1] < heights[2] < 200

    def test_the_counter_is_there_when_the_limit_is_near(self, visit: Visit) -> None:
        chat = visit().open()
        counter = chat.page.locator("plainscan-chat #counter")
        for count, words in ((1599, ""), (1600, "1,600 of 2,000 characters"), (2000, "2,000 of 2,000 characters")):
            chat.question.fill("🦴" * count)
            expect(counter).to_have_text(words)
        chat.question.fill("🦴" * 2001)
        expect(counter).to_have_text("Too long by 1 characters.")

    def test_one_message_at_a_time(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        rasa.seconds = 1
        chat.question.fill("is marrow edema bad?")
        chat.question.press("Enter")
        chat.question.fill("next")
        chat.question.press("Enter")
        expect(chat.question).to_have_value("next")
        expect(chat.announcer).to_have_text("Your last message is still being answered.")
        assert chat.settled().locator(".card").count() == 1
        assert rasa.heard == ["is marrow edema bad?"]

    def test_what_is_being_written_survives_a_reload(self, visit: Visit) -> None:
        chat = visit().open()
        chat.question.press_sequentially("half a quest")
        chat.page.reload()
        expect(chat.greeted().question).to_have_value("half a quest")


class TestWhenItFails:
    def test_the_message_is_kept_and_tried_again(self, visit: Visit) -> None:
        chat = visit().open()
        chat.page.route(MESSAGES, lambda route: route.abort(), times=1)
        turn = chat.ask("is marrow edema bad?")
        expect(turn).to_contain_text("We could not reach our server. Your message is kept here.")
        expect(turn.locator(".said")).to_contain_text("is marrow edema bad?")
        chat.page.get_by_role("button", name="Try again").click()
        expect(chat.turns.last.locator(".card")).to_be_visible()
        expect(chat.turns).to_have_count(2)

    def test_what_is_unavailable_can_be_asked_again(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        rasa.down = True
        turn = chat.ask("is marrow edema bad?")
        expect(turn).to_contain_text("Sorry, I can't look that up right now")
        expect(turn.get_by_role("link", name="911").first).to_have_attribute("href", "tel:911")
        rasa.down = False
        chat.page.get_by_role("button", name="Try again").click()
        expect(chat.turns.last.locator(".card")).to_be_visible()

    def test_waiting_is_explained_and_ends(self, visit: Visit) -> None:
        chat = visit()
        chat.page.clock.install()
        chat.open()
        chat.page.route(MESSAGES, lambda route: None)  # never answered
        chat.question.fill("is marrow edema bad?")
        chat.question.press("Enter")
        expect(chat.page.get_by_text("Looking it up").first).to_be_visible()
        chat.page.clock.fast_forward(9_000)
        expect(chat.page.get_by_text("This takes longer than usual")).to_have_count(0)
        chat.page.clock.fast_forward(1_500)
        expect(chat.turns.last.get_by_text("This takes longer than usual")).to_be_visible()
        chat.page.clock.fast_forward(18_000)
        expect(chat.turns.last.get_by_text("This takes longer than usual")).to_be_visible()
        chat.page.clock.fast_forward(2_000)
        expect(chat.turns.last).to_contain_text("No answer came within 30 seconds.")

    def test_a_refusal_is_said_in_the_servers_words(self, visit: Visit) -> None:
        chat = visit().open()
        failing(chat.page, 429, "too-many-messages", "Too many messages in one minute. Please wait 20 seconds.")
        expect(chat.ask("x")).to_contain_text("Please wait 20 seconds.")

    def test_the_words_of_others_are_not_shown(self, visit: Visit) -> None:
        chat = visit().open()
        chat.page.route(MESSAGES, lambda route: route.fulfill(status=502, body="<h1>Proxy says no</h1>"), times=1)
        turn = chat.ask("x")
        expect(turn).to_contain_text("Something went wrong.")
        expect(turn).not_to_contain_text("Proxy")

    def test_a_busy_server_is_asked_again(self, visit: Visit) -> None:
        chat = visit().open()
        failing(chat.page, 409, "busy", "Busy.", retry_after="1")
        expect(chat.ask("is marrow edema bad?").locator(".card")).to_be_visible()

    def test_a_conversation_that_has_ended_is_begun_anew(self, visit: Visit) -> None:
        chat = visit().open()
        failing(chat.page, 401, "conversation-ended", "Ended.")
        turn = chat.ask("is marrow edema bad?")
        expect(turn).to_contain_text("Your earlier conversation had ended on our server.")
        expect(turn.locator(".card")).to_be_visible()

    def test_a_button_that_has_expired_is_asked_in_words(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        failing(chat.page, 404, "button-expired", "Expired.")
        chat.press("How serious is bone marrow edema?")
        assert rasa.heard == ["How serious is bone marrow edema?"]

    def test_offline_is_said_and_what_was_asked_is_sent_later(self, visit: Visit) -> None:
        chat = visit().open()
        chat.page.context.set_offline(True)
        expect(chat.page.locator("plainscan-chat .offline")).to_be_visible()
        turn = chat.ask("is marrow edema bad?")
        expect(turn).to_contain_text("You are offline. Your message is kept here and is sent when you are back.")
        chat.page.context.set_offline(False)
        expect(chat.turns.last.locator(".card")).to_be_visible()
        expect(chat.page.locator("plainscan-chat .offline")).to_be_hidden()

    def test_a_page_left_too_early_has_the_question_still(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        rasa.seconds = 2
        chat.question.fill("is marrow edema bad?")
        chat.question.press("Enter")
        expect(chat.turns).to_have_count(2)
        chat.page.wait_for_timeout(200)
        chat.page.reload()
        expect(chat.turns.last).to_contain_text("The page was left before the answer came.")
        rasa.seconds = 0
        chat.page.get_by_role("button", name="Try again").click()
        expect(chat.turns.last.locator(".card")).to_be_visible()

    def test_without_a_server_there_is_still_the_line_for_emergencies(self, visit: Visit) -> None:
        first = visit()
        first.page.context.route("**/api/**", lambda route: route.abort())
        chat = Chat(first.page.context.new_page(), first.server)
        chat.page.goto(f"{chat.server}/demo")
        chat.launcher.click()
        expect(chat.turns.first).to_contain_text("We could not start the conversation.")
        expect(chat.panel).to_contain_text("In an emergency, call your local emergency number.")
        first.page.context.unroute("**/api/**")
        chat.question.fill("is marrow edema bad?")
        chat.question.press("Enter")
        expect(chat.turns.last.locator(".card")).to_be_visible()


class TestKeeping:
    def test_a_reload_keeps_the_conversation_and_its_buttons(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        chat.ask("is marrow edema bad?")
        chat.page.reload()
        expect(chat.greeted().turns).to_have_count(2)
        expect(chat.turns.last.locator(".card")).to_be_visible()
        title = chat.turns.last.locator(".suggestion").first.inner_text()
        chat.press(title.strip())
        assert rasa.heard[-1].startswith("/explain_passage")

    def test_a_link_keeps_it_too(self, visit: Visit) -> None:
        chat = visit().open()
        chat.ask("is marrow edema bad?")
        chat.page.get_by_role("link", name="Your report", exact=True).click()
        chat.page.wait_for_url("**/demo/your-report")
        expect(chat.greeted().turns.last.locator(".card")).to_be_visible()
        assert chat.focused().startswith("body"), "a page that is loaded keeps the focus"

    def test_another_tab_begins_anew(self, visit: Visit) -> None:
        chat = visit().open()
        chat.ask("is marrow edema bad?")
        other = Chat(chat.page.context.new_page(), chat.server)
        other.page.goto(f"{chat.server}/demo")
        expect(other.open().turns).to_have_count(1)

    def test_it_can_be_switched_off(self, visit: Visit) -> None:
        chat = visit()
        chat.page.route(
            "**/demo",
            lambda route: route.fulfill(
                response=(response := route.fetch()),
                body=response.text().replace("<plainscan-chat>", '<plainscan-chat keep="none">'),
            ),
        )
        chat.page.reload()
        chat.open().ask("is marrow edema bad?")
        assert "edema" not in chat.page.evaluate("JSON.stringify(sessionStorage)")
        chat.page.reload()
        expect(chat.open().turns).to_have_count(1)

    def test_nothing_is_kept_beyond_the_tab_and_nobody_else_is_asked(self, visit: Visit) -> None:
        chat = visit()
        asked: list[str] = []
        chat.page.on("request", lambda request: asked.append(request.url))
        chat.page.reload()
        chat.open().ask("is marrow edema bad?")
        chat.paste_report()
        assert len(asked) > 5 and [url for url in asked if not url.startswith(chat.server)] == []
        assert chat.page.context.cookies() == []
        assert chat.page.evaluate("localStorage.length") == 0
        assert chat.page.evaluate("indexedDB.databases()") == []

    def test_starting_over_erases_and_greets(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        chat.ask("is marrow edema bad?")
        chat.page.get_by_role("button", name="Conversation options").click()
        with chat.page.expect_response(lambda response: response.request.method == "DELETE") as deleted:
            chat.page.get_by_role("button", name="Start over").click()
        assert deleted.value.status == 204
        expect(chat.greeted().turns).to_have_count(1)
        assert len(rasa.erased) == 1

    def test_deleting_erases_here_and_on_the_server(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        chat.ask("is marrow edema bad?")
        chat.page.get_by_role("button", name="Conversation options").click()
        chat.page.get_by_role("button", name="Delete this conversation").click()
        expect(chat.turns).to_have_text(re.compile("This conversation is deleted, here and on our server."))
        expect(chat.question).to_be_hidden()
        assert "marrow edema bad" not in chat.page.evaluate("JSON.stringify(sessionStorage)")
        expect(chat.announcer).to_have_text("This conversation is deleted, here and on our server.")
        assert len(rasa.erased) == 1
        chat.page.reload()
        chat.page.get_by_role("button", name="Start a new conversation").click()
        expect(chat.greeted().question).to_be_visible()

    def test_deleting_without_a_server_says_what_is_left(self, visit: Visit) -> None:
        chat = visit().open()
        chat.page.route("**/conversations/current", lambda route: route.abort())
        chat.page.get_by_role("button", name="Conversation options").click()
        chat.page.get_by_role("button", name="Delete this conversation").click()
        expect(chat.turns).to_contain_text(
            "We could not reach our server. There it is erased by itself after 30 minutes"
        )


class TestItsPlace:
    def test_a_button_of_the_page_opens_it_and_gets_the_focus_back(self, visit: Visit) -> None:
        chat = visit()
        chat.page.get_by_role("button", name="Ask about your report").click()
        chat.greeted()
        chat.page.get_by_role("button", name="Close").click()
        assert "Ask about your report" in chat.focused()

    def test_in_a_frame_it_fills_the_window(self, visit: Visit) -> None:
        chat = visit("/frame", width=440, height=700)
        chat.greeted().ask("is marrow edema bad?")
        expect(chat.page.get_by_role("heading", level=1)).to_have_text("Ask about your MRI")
        assert chat.page.get_by_role("button", name="Close").count() == 0
        assert chat.page.locator("plainscan-chat .panel").bounding_box() == {
            "x": 0,
            "y": 0,
            "width": 440,
            "height": 700,
        }
        assert chat.reports() == []

    def test_the_clinics_settings_are_put_on(self, visit: Visit) -> None:
        def clinic(route: Route) -> None:
            config = route.fetch().json()
            widget = {"title": "Ask us", "label": "Questions?", "position": "start", "theme": "dark"}
            route.fulfill(json={**config, "widget": widget, "colours": {"accent": "#7a1f4f"}})

        chat = visit()
        chat.page.route("**/api/config", clinic)
        chat.page.reload()
        chat.launcher.click()
        expect(chat.launcher).to_have_text("Questions?")
        expect(chat.page.get_by_role("dialog", name="Ask us")).to_be_visible()
        box = chat.page.get_by_role("dialog", name="Ask us").bounding_box()
        assert box and box["x"] < 30
        root = chat.page.locator("plainscan-chat .root")
        expect(root).to_have_attribute("data-theme", "dark")

    @pytest.mark.parametrize(
        ("accent", "warned"), [("#0b5c8a", False), ("#ffd400", True), ("#9adcf0", True), ("tomato", True)]
    )
    def test_a_colour_that_cannot_be_read_is_warned_of_and_mended(
        self, visit: Visit, accent: str, warned: bool
    ) -> None:
        chat = visit()
        said: list[str] = []
        chat.page.on("console", lambda message: said.append(message.text) if message.type == "warning" else None)
        chat.page.route(
            "**/api/config", lambda route: route.fulfill(json={**route.fetch().json(), "colours": {"accent": accent}})
        )
        chat.page.reload()
        chat.open().ask("is marrow edema bad?")
        warnings = [text for text in said if text.startswith("plainscan-chat: the accent")]
        assert bool(warnings) == warned, said
        worst = chat.page.evaluate(
            """() => {
                const light = (colour) => {
                    const [r, g, b] = colour.match(/\\d+/g).slice(0, 3).map((value) => value / 255)
                        .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                };
                const root = document.querySelector('plainscan-chat').shadowRoot;
                const ratios = ['.launcher', '.mark', '.said', '.suggestion'].map((name) => {
                    const style = getComputedStyle(root.querySelector(name));
                    const [a, b] = [light(style.color), light(style.backgroundColor)].sort((x, y) => y - x);
                    return (a + 0.05) / (b + 0.05);
                });
                return Math.min(...ratios);
            }"""
        )
        assert worst >= 4.5
