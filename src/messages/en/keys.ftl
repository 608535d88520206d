### The member's SSH keys.

keys-title = SSH keys
keys-add = Add a key
keys-empty = You have no SSH keys here. Add one to let your scripts in without a password.
keys-comment = Comment
keys-fingerprint = Fingerprint
keys-kind = Kind
keys-added = Added
keys-last-used = Last used
keys-verified = Verified
keys-suspended = Suspended
keys-is-suspended = suspended
back-to-keys = Back to your keys

add-key-title = Add an SSH key
add-key-intro = Paste the one line of a file like id_ed25519.pub.
add-key-intro-offered = Paste the one line of a file like id_ed25519.pub, or pick a key below that your client has offered.
add-key-public-key = Public key
add-key = Add this key
key-added = The key was added. Sign in with it to verify it.
key-added-for-servers = The key was added for your servers. It does not sign you in here.

key-suspended = It signs nobody in and is not shown to servers. Keep it only if you added it yourself.
key-keep = Keep this key
key-remove = Remove this key
key-save-comment = Save comment
key-remove-hint = Removing a key signs you out everywhere else.
key-remove-title = Remove this key?
key-remove-follows = It signs nobody in from then on, and you are signed out everywhere else. Scripts that use it stop working.
key-comment-saved = The comment is saved.
key-comment-changed-elsewhere = Another session changed the comment to "{ $comment }". Yours was not saved. Save again to replace it.
key-removed = The key was removed.
key-kept = The key is kept.
key-needs-touch = A security key, for your servers: it does not sign you in here, because the portal cannot tell whether it was touched. If it may sign in without a touch, remove it here and add it anew with no-touch-required before it.
key-not-verified = Not verified yet. Sign in over a connection with this key, or run: { $command }
