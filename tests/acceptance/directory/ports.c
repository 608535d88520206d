// Moves the ports of LDAP, which Samba does not let anybody choose and only root may have. Loaded before libc.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

int bind(int fd, const struct sockaddr *address, socklen_t length) {
  int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
  if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
    struct sockaddr_in moved = *(const struct sockaddr_in *)address;
    const char *to = NULL;
    switch (ntohs(moved.sin_port)) {
    case 389: to = getenv("LDAP_PORT"); break;
    case 636: to = getenv("LDAPS_PORT"); break;
    // The global catalogue may have any.
    case 3268: case 3269: to = "0"; break;
    }
    if (to) {
      moved.sin_port = htons((unsigned short)atoi(to));
      return next(fd, (struct sockaddr *)&moved, sizeof moved);
    }
  }
  return next(fd, address, length);
}

// By its own port Samba knows whether TLS comes first.
int getsockname(int fd, struct sockaddr *address, socklen_t *length) {
  int (*next)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "getsockname");
  int result = next(fd, address, length);
  const char *moved = getenv("LDAPS_PORT");
  struct sockaddr_in *own = (struct sockaddr_in *)address;
  if (result == 0 && moved && address->sa_family == AF_INET && ntohs(own->sin_port) == atoi(moved))
    own->sin_port = htons(636);
  return result;
}
