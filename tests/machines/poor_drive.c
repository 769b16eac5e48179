/* A drive without links, careful renames, locks and syncing of folders, as many networks have them.
   A file that is there cannot be replaced the first two times: somebody has it open. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/stat.h>

int link(const char *a, const char *b) { errno = EPERM; return -1; }
int linkat(int i, const char *a, int j, const char *b, int f) { errno = EPERM; return -1; }
int flock(int file, int how) { errno = ENOLCK; return -1; }
int renameat2(int i, const char *a, int j, const char *b, unsigned f) { errno = EINVAL; return -1; }

int fsync(int file) {
    struct stat state;
    if (fstat(file, &state) == 0 && S_ISDIR(state.st_mode)) { errno = EINVAL; return -1; }
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    return real(file);
}

int rename(const char *a, const char *b) {
    static int tries = 0;
    struct stat state;
    if (stat(b, &state) == 0 && S_ISREG(state.st_mode) && ++tries % 3) { errno = EBUSY; return -1; }
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    return real(a, b);
}
