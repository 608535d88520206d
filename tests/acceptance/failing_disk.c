/* A disk that fails or dawdles, for LD_PRELOAD. While the file that FAILING_DISK names is there, calls of one kind
 * on files with a certain end of their name fail or wait. It holds four words: the kind (`sync`, `write` or `read`), the
 * errno (0 waits only), the milliseconds to wait, and the end of the name; with `once` behind them the file is
 * removed by the first call that fits, and with a number by the call of that number. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Gives the errno that the call fails with, or 0. */
static int fault(const char *kind, int fd) {
    const char *control = getenv("FAILING_DISK");
    char link[64], path[4096], wanted[16], name[256], how[16] = "";
    int error, ms, words;
    FILE *file = control ? fopen(control, "re") : NULL;
    if (!file) return 0;
    words = fscanf(file, "%15s %d %d %255s %15s", wanted, &error, &ms, name, how);
    fclose(file);
    if (words < 4 || strcmp(wanted, kind) != 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    size_t end = strlen(name);
    if (length < (ssize_t)end || strncmp(path + length - end, name, end) != 0) return 0;
    int nth = atoi(how);
    if (nth > 1) {
        /* One call of the database at a time writes, so nobody else counts down here. Several read: a call that is
         * not counted makes another one fail instead. */
        file = fopen(control, "we");
        if (!file) return 0;
        fprintf(file, "%s %d %d %s %d\n", wanted, error, ms, name, nth - 1);
        fclose(file);
        return 0;
    }
    if ((nth == 1 || strcmp(how, "once") == 0) && unlink(control) != 0) return 0;
    struct timespec wait = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&wait, NULL);
    return error;
}

#define FAILS(kind, fd)                   \
    do {                                  \
        int error = fault(kind, fd);      \
        if (error) {                      \
            errno = error;                \
            return -1;                    \
        }                                 \
    } while (0)

#define REAL(name, result, ...)                             \
    static result (*real)(__VA_ARGS__);                     \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

int fdatasync(int fd) {
    REAL("fdatasync", int, int);
    FAILS("sync", fd);
    return real(fd);
}

int fsync(int fd) {
    REAL("fsync", int, int);
    FAILS("sync", fd);
    return real(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL("write", ssize_t, int, const void *, size_t);
    FAILS("write", fd);
    return real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL("pwrite", ssize_t, int, const void *, size_t, off_t);
    FAILS("write", fd);
    return real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t);
    FAILS("write", fd);
    return real(fd, bytes, count, at);
}

ssize_t read(int fd, void *bytes, size_t count) {
    REAL("read", ssize_t, int, void *, size_t);
    FAILS("read", fd);
    return real(fd, bytes, count);
}

ssize_t pread(int fd, void *bytes, size_t count, off_t at) {
    REAL("pread", ssize_t, int, void *, size_t, off_t);
    FAILS("read", fd);
    return real(fd, bytes, count, at);
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
    REAL("pread64", ssize_t, int, void *, size_t, off64_t);
    FAILS("read", fd);
    return real(fd, bytes, count, at);
}
