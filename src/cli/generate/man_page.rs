//! The man pages: doorkey.1 by `clap_mangen`, and the manual's chapters as roff. Of Markdown it understands what the
//! manual uses: headings, paragraphs, fenced code, lists with one line an item, tables, `code` and *emphasis*.

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::{manual, monitoring};
use crate::cli::Cli;
use crate::ui::lines;

/// Each page with the name of its file.
pub(super) fn pages() -> std::io::Result<[(&'static str, String); 3]> {
    let commands = format!(
        "## Ways in\n{}\n## Terminals\n{}\n## Commands\n{}\n## Line mode\n{}\n## Exit status\n{}\n## See also\n`doorkey`(1), `ssh`(1)\n",
        manual::ways_in(),
        manual::terminals(),
        manual::ssh_commands(),
        lines::CONTRACT,
        manual::exit_codes(),
    );
    let settings = format!(
        "## Description\n{}\n## Connections\n{}\n## PostgreSQL\n{}\n## Running as a service\n{}\n## Monitoring\n{}\n## See also\n`doorkey`(1)\n",
        manual::settings(),
        manual::connections(),
        manual::postgresql(),
        manual::service(),
        monitoring::chapter(),
    );
    Ok([
        ("doorkey.1", program()?),
        ("doorkey.toml.5", page("doorkey.toml", "5", "settings of a Doorkey portal", &settings)),
        (
            "doorkey-commands.7",
            page("doorkey-commands", "7", "what a Doorkey portal does over ssh", &commands),
        ),
    ])
}

/// doorkey.1. The subcommands are on this page too, so clap's list of them, which refers to pages of their own, is
/// left out.
fn program() -> std::io::Result<String> {
    let man = Man::new(Cli::command());
    let mut head = Vec::new();
    man.render_title(&mut head)?;
    man.render_name_section(&mut head)?;
    man.render_synopsis_section(&mut head)?;
    man.render_description_section(&mut head)?;
    man.render_options_section(&mut head)?;
    let mut body = Roff::new();
    let chapters = format!(
        "## First start\n{}\n## Commands\n{}\n## Log\n{}\n## Audit log\n{}\n## Exit status\n{}\n## Files\n- `doorkey.toml`: The settings, see `doorkey.toml`(5).\n\n\
         ## See also\n`doorkey.toml`(5), `doorkey-commands`(7), `sshd_config`(5)\n",
        manual::first_start(),
        manual::operator_commands(),
        manual::log(),
        crate::cli::audit::CHAPTER,
        manual::exit_codes(),
    );
    add(&mut body, &chapters);
    Ok(String::from_utf8_lossy(&head).into_owned() + &body.render())
}

fn page(title: &str, section: &str, summary: &str, markdown: &str) -> String {
    let mut page = Roff::new();
    page.control("TH", [title, section, "", concat!("doorkey ", env!("CARGO_PKG_VERSION")), ""]);
    page.control("SH", ["NAME"]).text([roman(format!("{title} - {summary}"))]);
    add(&mut page, markdown);
    page.render()
}

fn add(page: &mut Roff, markdown: &str) {
    let mut lines = markdown.lines().peekable();
    let mut is_new_paragraph = false;
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            page.control("PP", []).control("EX", []);
            for code in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                page.text([roman(code)]);
            }
            page.control("EE", []);
        } else if let Some(title) = line.strip_prefix("## ") {
            page.control("SH", [title.to_uppercase().as_str()]);
            is_new_paragraph = false;
            continue;
        } else if let Some(title) = line.strip_prefix("### ") {
            page.control("SS", []).text(inlines(title));
            is_new_paragraph = false;
            continue;
        } else if let Some(item) = line.strip_prefix("- ") {
            let (term, meaning) = item.split_once(": ").unwrap_or((item, ""));
            page.control("TP", []).text(inlines(term)).text(inlines(meaning));
        } else if line.starts_with('|') {
            // The first two rows of a table are its head.
            let is_head =
                line.starts_with("|---") || lines.peek().is_some_and(|next| next.starts_with("|---"));
            if !is_head {
                row(page, line);
            }
        } else if line.is_empty() {
            is_new_paragraph = true;
            continue;
        } else {
            if is_new_paragraph {
                page.control("PP", []);
            }
            page.text(inlines(line.trim_start()));
        }
        is_new_paragraph = false;
    }
}

/// The first cell is the term; the last one explains it, and one between them is in brackets behind the term.
fn row(page: &mut Roff, line: &str) {
    let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let [term, between @ .., meaning] = cells.as_slice() else { return };
    let bracketed = between.iter().filter(|cell| !cell.is_empty()).map(|cell| format!(" ({cell})"));
    let between = bracketed.collect::<Vec<_>>().concat();
    page.control("TP", []).text(inlines(&format!("{term}{between}"))).text(inlines(meaning));
}

/// `code` is bold and *emphasis* is italic.
fn inlines(text: &str) -> Vec<Inline> {
    let mut found = Vec::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            found.push(bold(part));
            continue;
        }
        for (at, part) in part.split('*').enumerate().filter(|(_, part)| !part.is_empty()) {
            found.push(if at % 2 == 1 { italic(part) } else { roman(part) });
        }
    }
    found
}
