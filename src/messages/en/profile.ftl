### Who somebody is here and what they prefer.

profile-title = Profile
profile-setting = Setting
profile-now = Now
profile-display-name = Display name
profile-display-name-none = none
profile-language = Language
profile-time-zone = Time zone
profile-plain = Plain prompts
profile-no-color = No colours
profile-appearance = Appearance
profile-addresses = Addresses
profile-addresses-checked = Addresses checked
profile-addresses-not-checked = not yet
profile-address-suspended = { $address } (suspended)
profile-address-primary = { $address } (primary)
profile-address-not-verified = { $address } (not verified)
profile-addresses-are-up-to-date = These addresses are up to date
profile-export = Export my records
profile-delete-account = Delete my account
profile-addresses-reviewed = Thanks. Your addresses are up to date.
profile-addresses-changed-elsewhere = Your addresses were just changed in another session. Nothing was saved. Check them again.

profile-auto = auto
profile-language-name = Name
profile-language-auto-meaning = as your client says
profile-appearance-dark = dark
profile-appearance-light = light
profile-appearance-colours = Colours
profile-appearance-auto-meaning = as your terminal says
profile-appearance-dark-meaning = for a dark background
profile-appearance-light-meaning = for a light background

profile-name-explanation = Changing it signs out your other sessions. The old name stays reserved for you for 30 days.
profile-display-name-explanation = Others in your teams see it beside your username.
profile-language-explanation = The language of the pages and of your emails. Prompts line by line stay in English, except with "plain --lang de".
profile-time-zone-explanation = All times on your pages and in your emails are in this zone.
profile-plain-explanation = Prompts line by line instead of a screen, for screen readers and scripts. Applies from your next session with your SSH key.
profile-no-color-explanation = Turns colours off. Applies from your next session with your SSH key.
profile-appearance-explanation = Colours for a dark or a light background. Applies from your next session with your SSH key.
profile-name-rule = Letters, digits, dots, dashes and underscores; at most 64 characters.
profile-display-name-rule = At most 128 characters.
profile-time-zone-rule = UTC, a name such as Europe/Berlin, or an offset such as +02:00.
profile-changed = { $setting } is now: { $value }
profile-unchanged = Nothing was changed
profile-changed-elsewhere = Another session of yours changed this meanwhile: it is now { $value }. Your change was not saved; Save replaces it with yours.
