//! Every page in every language fits the smallest screen and the usual one: nothing to press, to type in or to read is cut.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::sample_form::text_of;
use crate::domain::portal::PortalInfo;
use crate::flow::page::{ActionKind, Page};
use crate::flow::visit_every_page;
use crate::messages::Language;
use crate::terminal::capabilities::Charset;
use crate::terminal::input::{Input, Key};
use crate::ui::screen::Screen;

/// Everything that a person sees who walks through the page with Tab and then reads it with the page keys: the words of
/// all its screens, and the screens themselves.
fn seen(page: &Page<'_>, cols: u16, rows: u16) -> (BTreeSet<String>, String) {
    let portal = PortalInfo { language: page.language, ..PortalInfo::for_test() };
    let mut screen = Screen::new(Charset::Utf8);
    screen.show(page);
    let mut frames = String::new();
    let stops = page.fields.len() + page.actions.len() + 2;
    let keys = std::iter::repeat_n(Key::Tab, stops).chain(std::iter::repeat_n(Key::PageUp, 6));
    for key in keys.chain(std::iter::repeat_n(Key::PageDown, 6)) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
        screen.draw(page, &portal, &mut buffer);
        frames.push_str(&text_of(&buffer));
        screen.input(Input::Key(key), page);
    }
    (frames.split_whitespace().map(str::to_owned).collect(), frames)
}

/// What of the page is nowhere to be seen.
fn cut(page: &Page<'_>, cols: u16, rows: u16) -> Vec<String> {
    let (words, frames) = seen(page, cols, rows);
    let mut missing = Vec::new();
    let whole = |text: &str| frames.contains(text);
    let is_in_bar =
        |kind| matches!(kind, ActionKind::Section { .. } | ActionKind::Tab { .. } | ActionKind::Exit);
    let labels = page.actions.iter().filter(|action| !is_in_bar(action.kind)).map(|action| action.label);
    for label in labels.chain(page.fields.iter().map(|field| field.label)) {
        if !whole(label) {
            missing.push(format!("label {label:?}"));
        }
    }
    let sentences = page.intro.iter().chain(&page.outro).map(AsRef::as_ref);
    let told = page.notice.iter().map(|notice| notice.text.as_ref());
    for sentence in sentences.chain(told).chain([page.title.as_ref()]) {
        // What is wider than the screen is broken within.
        let is_missing = |word: &&str| word.chars().count() < usize::from(cols) / 2 && !words.contains(*word);
        let gone: Vec<_> = sentence.split_whitespace().filter(is_missing).collect();
        if !gone.is_empty() {
            missing.push(format!("{gone:?} of {sentence:?}"));
        }
    }
    missing
}

#[test]
fn every_page_fits_in_every_language() {
    let mut wrong = BTreeSet::new();
    for language in Language::ALL {
        for (cols, rows) in [(40, 12), (80, 24)] {
            visit_every_page(language, &mut |page| {
                for part in cut(page, cols, rows) {
                    wrong.insert(format!("{} {} at {cols}x{rows}: {part}", language.tag(), page.id));
                }
            });
        }
    }
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{} parts are cut:\n{}", wrong.len(), wrong.join("\n"));
}
