"""A file system in user space that forgets what was not synced (Debian: python3-fuse, fuse).

What a program writes stays in this process's memory; fsync or fdatasync of a file brings it to BACKING, an ordinary
folder. SIGKILL of this process is the power cut: mounted again, the folder has what was synced and nothing else. With
`--survive P` each sector of 512 bytes that was written and not synced gets to BACKING all the same with probability P,
in any order, as a disk's cache does: writes are torn and reordered. A new name is durable with its file's first sync,
a removed one at once (python3-fuse does not survive the sync of a folder, so that is not told apart).

  unsynced_fs.py BACKING MOUNTPOINT [--survive 0.5] [--seed 1]

Reading MOUNTPOINT/.unsynced gives how many bytes a cut would lose now. Mounting needs root (or user_allow_other).
"""

import argparse
import errno
import os
import pathlib
import random
import stat
import sys
import time

import fuse

fuse.fuse_python_api = (0, 2)
SECTOR = 512
COUNTER = "/.unsynced"


class File:
    """A file's content now, and which sectors of it are not in BACKING."""

    def __init__(self, number, mode, data=b""):
        self.number, self.mode, self.data = number, mode, bytearray(data)
        self.pending = set()
        self.resized = False
        self.time = time.time()
        # Not set for a file that was created and not synced.
        self.durable = False


class UnsyncedFs(fuse.Fuse):
    def prepare(self, backing, survive):
        self.backing, self.survive = pathlib.Path(backing), survive
        self.files = {}
        for nth, path in enumerate(sorted(self.backing.iterdir())):
            file = File(nth + 2, path.stat().st_mode, path.read_bytes())
            file.durable = True
            self.files[f"/{path.name}"] = file

    def _file(self, path):
        return self.files.get(path)

    def _at(self, path):
        return self.backing / path.lstrip("/")

    def unsynced(self):
        return sum(len(file.pending) * SECTOR for file in self.files.values())

    def getattr(self, path):
        found = fuse.Stat()
        found.st_nlink, found.st_uid, found.st_gid = 1, os.getuid(), os.getgid()
        if path == "/":
            found.st_mode, found.st_nlink = stat.S_IFDIR | 0o755, 2
        elif path == COUNTER:
            found.st_mode, found.st_size = stat.S_IFREG | 0o444, 32
        elif file := self._file(path):
            found.st_mode, found.st_size, found.st_ino = stat.S_IFREG | file.mode & 0o7777, len(file.data), file.number
            found.st_mtime = found.st_ctime = found.st_atime = int(file.time)
        else:
            return -errno.ENOENT
        return found

    def readdir(self, path, offset):
        for name in [".", "..", *(path.lstrip("/") for path in self.files)]:
            yield fuse.Direntry(name)

    def open(self, path, flags):
        if path == COUNTER or self._file(path):
            return 0
        return -errno.ENOENT

    def create(self, path, flags, mode):
        self.files[path] = File(len(self.files) + 1000 + random.randrange(10**6), mode)
        return 0

    def mknod(self, path, mode, device):
        return self.create(path, 0, mode)

    def read(self, path, size, offset, *_):
        if path == COUNTER:
            return f"{self.unsynced():<31}\n".encode()[offset:offset + size]
        return bytes(self.files[path].data[offset:offset + size])

    def write(self, path, data, offset, *_):
        file = self.files[path]
        if len(file.data) < offset:
            file.data.extend(bytes(offset - len(file.data)))
        file.data[offset:offset + len(data)] = data
        file.time = time.time()
        touched = range(offset // SECTOR, (offset + len(data) - 1) // SECTOR + 1)
        file.pending.update(touched)
        if self.survive and file.durable:
            kept = [sector for sector in touched if random.random() < self.survive]
            self._keep(path, file, kept)
        return len(data)

    def _keep(self, path, file, sectors):
        """What the disk took although nobody asked."""
        with open(self._at(path), "r+b") as backing:
            for sector in sectors:
                backing.seek(sector * SECTOR)
                backing.write(file.data[sector * SECTOR:(sector + 1) * SECTOR])

    def truncate(self, path, size):
        file = self.files[path]
        if size < len(file.data):
            del file.data[size:]
        else:
            file.data.extend(bytes(size - len(file.data)))
        file.resized = True
        file.pending = {sector for sector in file.pending if sector * SECTOR < size}
        return 0

    def ftruncate(self, path, size, *_):
        return self.truncate(path, size)

    def fsync(self, path, only_data, *_):
        file = self._file(path)
        if file is None:
            return 0
        at = self._at(path)
        if not at.exists() or not file.durable:
            at.write_bytes(b"")
            at.chmod(file.mode & 0o7777)
            file.pending = set(range(-(-len(file.data) // SECTOR)))
            file.durable = True
        self._keep(path, file, sorted(file.pending))
        os.truncate(at, len(file.data))
        file.pending, file.resized = set(), False
        return 0

    def unlink(self, path):
        if self.files.pop(path, None) is None:
            return -errno.ENOENT
        self._at(path).unlink(missing_ok=True)
        return 0

    def rename(self, old, new):
        self.files[new] = self.files.pop(old)
        if self._at(old).exists():
            self._at(old).rename(self._at(new))
        return 0

    def chmod(self, path, mode):
        self.files[path].mode = mode
        return 0

    def chown(self, path, user, group):
        return 0

    def utime(self, path, times):
        return 0

    def flush(self, path, *_):
        return 0

    def release(self, path, flags, *_):
        return 0

    def access(self, path, mode):
        return 0

    def statfs(self):
        found = fuse.StatVfs()
        found.f_bsize = found.f_frsize = 4096
        found.f_blocks = found.f_bfree = found.f_bavail = 1 << 20
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("backing")
    parser.add_argument("mountpoint")
    parser.add_argument("--survive", type=float, default=0.0)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    random.seed(options.seed)
    system = UnsyncedFs(dash_s_do="setsingle")
    # Nothing about a file is remembered by the kernel that a cut would have to undo.
    system.parse(["-f", "-s", "-o", "attr_timeout=0,entry_timeout=0,negative_timeout=0", options.mountpoint])
    system.prepare(options.backing, options.survive)
    system.main()


if __name__ == "__main__":
    sys.exit(main())
