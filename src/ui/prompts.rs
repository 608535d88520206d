//! Keyboard-interactive authentication (RFC 4256), where the client itself shows each prompt. It is line mode split at
//! its prompts, so texts and ids are the same.

use super::UserAction;
use super::lines::Lines;
use crate::flow::page::Page;
use crate::terminal::input::{Input, Key, NotText};

/// A page as a sequence of prompts.
#[derive(Debug)]
pub struct PromptForm(Lines);

/// What the client shows and asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Text before the prompt: lines separated by LF, without one at the end.
    pub text: String,
    /// `Code: `; `None` if there is only text to show.
    pub prompt: Option<String>,
    /// Whether the client may echo the answer.
    pub echo: bool,
}

impl Default for PromptForm {
    fn default() -> Self {
        Self(Lines::for_prompts())
    }
}

impl PromptForm {
    /// Adopts the current state of `page`, like [`super::Ui::show`].
    pub fn show(&mut self, page: &Page<'_>, fresh: bool) -> UserAction {
        self.0.show(page, fresh)
    }

    /// Handles one complete answer. Line mode refuses control characters and what is not UTF-8, and asks again.
    pub fn answer(&mut self, answer: &[u8], page: &Page<'_>) -> UserAction {
        match std::str::from_utf8(answer) {
            Ok(answer) => {
                for c in answer.chars() {
                    self.0.input(Input::Key(Key::Char(c)), page);
                }
            }
            Err(_) => {
                self.0.input(Input::NotText(NotText::Typed), page);
            }
        }
        self.0.input(Input::Key(Key::Enter), page)
    }

    /// The output since the last prompt, and the next prompt.
    pub fn question(&mut self, page: &Page<'_>) -> Prompt {
        let printed = self.0.take_output().out;
        let printed = String::from_utf8_lossy(&printed);
        let asked = self.0.prompt(page);
        let prompt = asked.map(|(label, _)| format!("{label}: "));
        let text = match &prompt {
            Some(prompt) => printed.strip_suffix(prompt.as_str()).unwrap_or(&printed),
            None => &printed,
        };
        let text = text.trim_matches('\n').to_owned();
        Prompt { text, prompt, echo: asked.is_some_and(|(_, is_secret)| !is_secret) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::flow::sign_in::SignIn;
    use crate::flow::testing::portal;
    use crate::flow::{Event, Flow};

    #[test]
    fn a_page_is_asked_field_by_field_and_a_secret_is_not_shown() {
        let mut flow = Flow::SignIn(SignIn::new(Arc::new(portal()), ""));
        let mut questions = PromptForm::default();
        assert_eq!(questions.show(&flow.page(), true), UserAction::None);
        let first = questions.question(&flow.page());
        assert!(first.text.starts_with("Sign in to your account\nNeed help?"), "{first:?}");
        assert_eq!((first.prompt.as_deref(), first.echo), (Some("Email or username: "), true));

        let UserAction::Typed { field, value } = questions.answer(b"ada", &flow.page()) else {
            panic!("no name")
        };
        flow.update(Event::Typed { field, value: &value });
        assert_eq!(questions.show(&flow.page(), false), UserAction::None);
        let second = questions.question(&flow.page());
        let wanted = Prompt { text: String::new(), prompt: Some("Password: ".to_owned()), echo: false };
        assert_eq!(second, wanted);
    }

    #[test]
    fn an_answer_with_a_control_character_or_not_in_utf_8_is_refused_and_asked_again() {
        for (answer, why) in [(b"a\nb\0".as_slice(), "control characters"), (b"m\xfcller", "not UTF-8")] {
            let flow = Flow::SignIn(SignIn::new(Arc::new(portal()), ""));
            let mut questions = PromptForm::default();
            questions.show(&flow.page(), true);
            questions.question(&flow.page());
            assert_eq!(questions.answer(answer, &flow.page()), UserAction::None);
            let again = questions.question(&flow.page());
            assert!(again.text.contains(why) && again.text.ends_with("[line-refused]"), "{again:?}");
            assert_eq!(again.prompt.as_deref(), Some("Email or username: "));
        }
    }
}
