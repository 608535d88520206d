//! First frames, kept ready: every guest of one size and colour depth sees the same first page, so it is drawn once.
//!
//! A frame is found by the *value* of all that it was drawn from, never by a name for it, and kept only of pages that have
//! nothing of anybody's ([`Page::without_a_person`]) on a screen that nobody has touched. So nobody can be shown what was
//! drawn for somebody else, except where it is what would be drawn for them.

use std::sync::{Arc, Mutex, PoisonError};

use super::screen::{LastFrame, Screen, Theme};
use crate::domain::portal::PortalInfo;
use crate::flow::page::Page;
use crate::terminal::capabilities::{Charset, ColorDepth};
use crate::terminal::painter::{FirstFrame, Painter};
use crate::terminal::size::Size;

/// How many frames are kept, those that were used last. A client chooses its size, so there is no end of them.
const MOST: usize = 64;
/// Larger frames are drawn anew each time: 64 of these make up 3 MiB.
const MOST_CELLS: u32 = 200 * 60;

/// The first frames of all sessions.
#[derive(Debug, Default)]
pub struct FirstFrames {
    /// The last used first.
    kept: Mutex<Vec<Arc<KeptFrame>>>,
}

/// A frame, and all that it was drawn from.
#[derive(Debug)]
struct KeptFrame {
    size: Size,
    depth: ColorDepth,
    charset: Charset,
    theme: Theme,
    portal: PortalInfo,
    page: Page<'static>,
    frame: FirstFrame,
    /// What the screen remembers of it.
    drawn: LastFrame,
}

impl KeptFrame {
    fn is_of(&self, at: &(Size, ColorDepth, Charset, Theme), page: &Page<'_>, portal: &PortalInfo) -> bool {
        (self.size, self.depth, self.charset, self.theme) == *at
            && self.page == *page
            && self.portal == *portal
    }
}

impl FirstFrames {
    /// The bytes that show `page`: what was drawn before where it is the same, else drawn now. Screen and painter are
    /// afterwards as if they had drawn it.
    pub(super) fn paint(
        &self,
        screen: &mut Screen,
        painter: &mut Painter,
        size: Size,
        page: &Page<'_>,
        portal: &PortalInfo,
    ) -> Vec<u8> {
        let is_first = screen.is_untouched() && painter.knows_nothing();
        let at = (size, painter.depth(), screen.charset(), screen.theme());
        if is_first && let Some(kept) = self.find(|kept| kept.is_of(&at, page, portal)) {
            screen.has_drawn(&kept.drawn);
            return painter.begin_with(&kept.frame);
        }
        let bytes = painter.paint(size, |buffer| screen.draw(page, portal, buffer)).unwrap_or_default();
        let is_small = u32::from(size.cols()) * u32::from(size.rows()) <= MOST_CELLS;
        if is_first
            && is_small
            && let (Some(page), Some(frame)) = (page.without_a_person(), painter.first_frame(&bytes))
        {
            let (size, depth, charset, theme) = at;
            let (portal, drawn) = (portal.clone(), screen.last_frame().clone());
            self.keep(KeptFrame { size, depth, charset, theme, portal, page, frame, drawn });
        }
        bytes
    }

    fn find(&self, is_it: impl Fn(&KeptFrame) -> bool) -> Option<Arc<KeptFrame>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|kept| is_it(kept))?;
        kept[..=at].rotate_right(1);
        kept.first().cloned()
    }

    fn keep(&self, frame: KeptFrame) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(MOST - 1);
        kept.insert(0, Arc::new(frame));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accent::Accent;
    use crate::flow::join::Join;
    use crate::flow::reset_password::ForgotPassword;
    use crate::flow::section::Section;
    use crate::flow::sign_in::SignIn;
    use crate::flow::testing::{cx, portal};
    use crate::flow::undo::EnterUndoCode;
    use crate::flow::{Event, Flow};
    use crate::messages::Language;
    use crate::terminal::capabilities::Background;
    use crate::terminal::input::{Input, Key};
    use crate::ui::{Ui, UserAction};

    const SIZE: Size = Size::DEFAULT;

    /// What somebody sees who comes to `flow`, and then presses keys, clicks and changes the size.
    fn story(
        frames: &Arc<FirstFrames>,
        look: (ColorDepth, Charset),
        mut flow: Flow,
        size: Size,
    ) -> Vec<Vec<u8>> {
        let portal = portal();
        let mut ui = Ui::screen(look.0, look.1, Background::default(), Accent::default(), frames.clone());
        ui.show(&flow.page(), true);
        let mut seen = vec![ui.render(size, &flow.page(), &portal).out];
        let typed = [Key::Char('a'), Key::Tab, Key::Enter, Key::F(1), Key::Esc, Key::Down].map(Input::Key);
        let clicks = (2..size.rows()).step_by(5).map(|row| Input::Click { col: size.cols() / 2, row });
        for input in typed.into_iter().chain(clicks) {
            let action = ui.input(input, &flow.page());
            if let UserAction::Typed { field, value } = &action {
                flow.update(Event::Typed { field, value });
                ui.show(&flow.page(), false);
            }
            seen.push(ui.render(size, &flow.page(), &portal).out);
        }
        seen.push(ui.render(Size::clamped(60, 18), &flow.page(), &portal).out);
        seen
    }

    /// The pages that a username opens.
    fn first_flows() -> [Flow; 6] {
        let portal = || Arc::new(portal());
        let sign_in = || SignIn::new(portal(), "");
        [
            Flow::SignIn(sign_in()),
            Flow::SignIn(sign_in().landing_at(Section::Keys)),
            Flow::SignIn(sign_in().landing_at(Section::Support)),
            Flow::ForgotPassword(ForgotPassword::new(portal(), "")),
            Flow::EnterUndoCode(EnterUndoCode::new(portal())),
            Flow::Join(Join::new(portal())),
        ]
    }

    fn count(frames: &FirstFrames) -> usize {
        frames.kept.lock().unwrap().len()
    }

    #[test]
    fn a_kept_frame_is_the_drawn_one_and_the_session_goes_on_as_if_it_had_drawn_it() {
        let kept = Arc::<FirstFrames>::default();
        let looks = [(ColorDepth::Mono, Charset::Ascii), (ColorDepth::Rgb, Charset::Utf8)];
        let sizes = [SIZE, Size::clamped(20, 5)];
        for (look, size) in looks.into_iter().flat_map(|look| sizes.map(|size| (look, size))) {
            for (n, flow) in first_flows().into_iter().enumerate() {
                let drawn = story(&Arc::default(), look, flow, size);
                let [first, second] =
                    [0, 1].map(|_| story(&kept, look, first_flows().into_iter().nth(n).unwrap(), size));
                assert!(!drawn[0].is_empty() && drawn == first, "{look:?}, {size:?}, page {n}");
                assert!(drawn == second, "from a kept frame: {look:?}, {size:?}, page {n}");
            }
        }
        // The keys' landing looks like the plain sign-in.
        assert_eq!(count(&kept), looks.len() * sizes.len() * (first_flows().len() - 1));
    }

    fn on_16_colours(frames: &Arc<FirstFrames>) -> Ui {
        let (background, accent) = (Background::default(), Accent::default());
        Ui::screen(ColorDepth::Ansi16, Charset::Utf8, background, accent, frames.clone())
    }

    fn first_frame_at(
        frames: &Arc<FirstFrames>,
        flow: impl Into<Flow>,
        size: Size,
        key: Option<Key>,
    ) -> String {
        let flow = flow.into();
        let mut ui = on_16_colours(frames);
        ui.show(&flow.page(), true);
        if let Some(key) = key {
            ui.input(Input::Key(key), &flow.page());
        }
        String::from_utf8(ui.render(size, &flow.page(), &portal()).out).unwrap()
    }

    fn first_frame(frames: &Arc<FirstFrames>, flow: impl Into<Flow>) -> String {
        first_frame_at(frames, flow, SIZE, None)
    }

    #[test]
    fn nothing_of_a_person_is_kept_or_found() {
        let frames = Arc::<FirstFrames>::default();
        let form = |name: &str| SignIn::new(Arc::new(portal()), name);
        let blank = first_frame(&frames, form(""));
        assert_eq!(count(&frames), 1);
        for name in ["ada", "grace"] {
            assert!(first_frame(&frames, form(name)).contains(name));
        }
        assert!(first_frame(&frames, SignIn::after_sign_out(Arc::new(portal()), "")).contains("signed out"));
        let teams = first_frame(&frames, Section::Teams.flow(cx()));
        assert!(teams.contains("ada"));
        assert_eq!(count(&frames), 1, "a name, an answer, a member's page");
        assert_eq!(first_frame(&frames, form("")), blank);
    }

    #[test]
    fn another_portal_s_frame_is_not_found() {
        let frames = Arc::<FirstFrames>::default();
        let here = first_frame(&frames, SignIn::new(Arc::new(portal()), ""));
        let (flow, mut portal) = (Flow::SignIn(SignIn::new(Arc::new(portal()), "")), portal());
        portal.name = "Elsewhere".to_owned();
        let mut ui = on_16_colours(&frames);
        ui.show(&flow.page(), true);
        let there = String::from_utf8(ui.render(SIZE, &flow.page(), &portal).out).unwrap();
        assert!(here.contains("Doorkey") && there.contains("Elsewhere"));
        assert_eq!(count(&frames), 2);
    }

    /// The ui's own words too: the pages here are the same but for what they say of their language.
    #[test]
    fn a_frame_in_another_language_is_not_found() {
        let frames = Arc::<FirstFrames>::default();
        let first_frame = |language, frames: &Arc<FirstFrames>| {
            let flow = Flow::SignIn(SignIn::new(Arc::new(portal()), ""));
            let page = Page { language, ..flow.page() };
            let mut ui = on_16_colours(frames);
            ui.show(&page, true);
            String::from_utf8(ui.render(SIZE, &page, &portal()).out).unwrap()
        };
        for (language, help) in [(Language::English, "help"), (Language::German, "Hilfe")] {
            let drawn = first_frame(language, &Arc::default());
            assert!(drawn.contains(help), "{drawn}");
            for _ in 0..2 {
                assert_eq!(first_frame(language, &frames), drawn);
            }
        }
        assert_eq!(count(&frames), 2);
    }

    #[test]
    fn what_was_typed_ahead_is_drawn() {
        let frames = Arc::<FirstFrames>::default();
        let form = || SignIn::new(Arc::new(portal()), "");
        let untouched = first_frame(&frames, form());
        for key in [Key::F(1), Key::F(2), Key::Tab, Key::Esc] {
            let touched = first_frame_at(&frames, form(), SIZE, Some(key));
            assert_ne!(touched, untouched, "{key:?}");
            assert_eq!(touched, first_frame_at(&Arc::default(), form(), SIZE, Some(key)));
        }
        assert_eq!(count(&frames), 1);
    }

    #[test]
    fn only_so_many_frames_are_kept_and_no_huge_ones() {
        let frames = Arc::<FirstFrames>::default();
        let form = || SignIn::new(Arc::new(portal()), "");
        first_frame_at(&frames, form(), Size::clamped(500, 200), None);
        assert_eq!(count(&frames), 0);
        for cols in 40..140 {
            first_frame_at(&frames, form(), Size::clamped(cols, 5), None);
            first_frame(&frames, form());
        }
        assert_eq!(count(&frames), MOST);
        assert!(frames.kept.lock().unwrap()[0].size == SIZE, "what is used most stays");
    }
}
