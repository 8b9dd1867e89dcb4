/*
 * escape_kernel.c -- attempts that need no other session.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/bpf.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/e2e/escape.h"

#define UNUSED __attribute__((unused))

/* --- namespaces and mounts --- */

static int
new_user_namespace(char **args UNUSED)
{
	return unshare(CLONE_NEWUSER);
}

static int
new_pid_namespace(char **args UNUSED)
{
	return unshare(CLONE_NEWPID);
}

static int
new_mount_namespace(char **args UNUSED)
{
	return unshare(CLONE_NEWNS);
}

/* Root of a user namespace can do much in the kernel that a user cannot. */
static int
clone_user_mount(char **args UNUSED)
{
	long pid = syscall(SYS_clone,
	    (unsigned long)(CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD), NULL, NULL,
	    NULL, 0UL);

	if (pid == 0)
		_exit(0);
	return pid == -1 ? -1 : 0;
}

static int
mount_tmpfs(char **args UNUSED)
{
	return mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
}

static int
mount_in_user_namespace(char **args UNUSED)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == -1
	    ? -1
	    : mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
}

static int
unmount(char **args UNUSED)
{
	return umount2("/proc", MNT_DETACH);
}

/* The way out of a chroot, with a directory from before. */
static int
chroot_fchdir(char **args UNUSED)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	return fd == -1 || chroot("/usr") == -1 || fchdir(fd) == -1 ? -1 : 0;
}

static int
enter_namespace(char **args)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/net", args[0]);
	return (fd = open(path, O_RDONLY)) == -1 ? -1 : setns(fd, 0);
}

/* --- privileges --- */

/* PATH is a copy of a program that belongs to root and is set-uid. */
static int
set_uid_program(char **args)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDOUT_FILENO);
		execl(args[0], args[0], "be-root", NULL);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) == -1)
		return -1;
	errno = EPERM;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int
be_root(char **args UNUSED)
{
	errno = EPERM;
	return geteuid() == 0 ? 0 : -1;
}

static int
become_root(char **args UNUSED)
{
	return setuid(0);
}

static int
load_module(char **args UNUSED)
{
	static const char nothing[1];

	if (syscall(SYS_init_module, nothing, 0UL, "") == -1 &&
	    errno == ENOEXEC)
		return 0;
	return -1;
}

static int
reboot_it(char **args UNUSED)
{
	return reboot(RB_DISABLE_CAD);
}

static int
set_clock(char **args UNUSED)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return clock_settime(CLOCK_REALTIME, &now);
}

static int
set_hostname(char **args UNUSED)
{
	return sethostname("escaped", 7);
}

static int
open_handle(char **args UNUSED)
{
	union {
		struct file_handle h;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h.handle_bytes = MAX_HANDLE_SZ };
	int mount_id, fd = open("/", O_RDONLY | O_DIRECTORY);

	if (name_to_handle_at(AT_FDCWD, "/usr", &u.h, &mount_id, 0) == -1)
		return -1;
	return open_by_handle_at(fd, &u.h, O_RDONLY) == -1 ? -1 : 0;
}

/* --- interfaces that had many errors --- */

static int
use_io_uring(char **args UNUSED)
{
	struct io_uring_params params = { 0 };

	return syscall(SYS_io_uring_setup, 1, &params) == -1 ? -1 : 0;
}

static int
use_userfaultfd(char **args UNUSED)
{
	return syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY) == -1
	    ? -1
	    : 0;
}

static int
use_bpf(char **args UNUSED)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1 };

	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)) == -1 ? -1
									   : 0;
}

static int
use_perf(char **args UNUSED)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
		.exclude_hv = 1 };

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL) == -1 ? -1
									 : 0;
}

static int
add_key(char **args UNUSED)
{
	return syscall(SYS_add_key, "user", "escape", "x", 1UL,
		   KEY_SPEC_USER_KEYRING) == -1
	    ? -1
	    : 0;
}

static int
set_personality(char **args UNUSED)
{
	return personality(ADDR_NO_RANDOMIZE) == -1 ? -1 : 0;
}

/* getpid(2) of 32-bit programs, which a filter for 64 bits would not know. */
static int
call_int80(char **args UNUSED)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
	if (result > 0)
		return 0;
	errno = (int)-result;
#else
	errno = ENOSYS;
#endif
	return -1;
}

/* Code that no file has, which is not an escape: programs may do it. */
static int
execute_memfd(char **args UNUSED)
{
	char buf[65536],
	    *argv[] = { (char[]) { "memfd" }, (char[]) { "true" }, NULL };
	int in = open("/proc/self/exe", O_RDONLY), fd, status;
	ssize_t n;
	pid_t pid;

	if (in == -1 || (fd = memfd_create("escape", MFD_CLOEXEC)) == -1)
		return -1;
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) != n)
			return -1;
	if ((pid = fork()) == 0) {
		close(STDOUT_FILENO);
		fexecve(fd, argv, environ);
		_exit(1);
	}
	errno = EPERM;
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int
do_nothing(char **args UNUSED)
{
	return 0;
}

/* Type into its own terminal, as a program that root started could. */
static int
type_for_others(char **args UNUSED)
{
	int master, slave;
	char c = 'x';

	if (openpty(&master, &slave, NULL, NULL, NULL) == -1)
		return -1;
	setsid();
	if (ioctl(slave, TIOCSCTTY, 0) == -1)
		return -1;
	return ioctl(slave, TIOCSTI, &c);
}

/* --- files --- */

static int
open_for(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

static int
read_file(char **args)
{
	return open_for(args[0], O_RDONLY);
}

static int
write_file(char **args)
{
	return open_for(args[0], O_WRONLY);
}

static int
create_file(char **args)
{
	return open_for(args[0], O_WRONLY | O_CREAT | O_EXCL);
}

/* A device that exists outside can be made by who has the right. */
static int
make_device(char **args UNUSED)
{
	return mknod("/tmp/escape-device", S_IFBLK | 0666, 7 << 8);
}

static int
open_block_device(char **args UNUSED)
{
	DIR *dir = opendir("/dev");
	const struct dirent *d;
	char path[300];
	struct stat st;
	int error = ENOENT;

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/dev/%s", d->d_name);
		if (stat(path, &st) == -1 || !S_ISBLK(st.st_mode))
			continue;
		if (open_for(path, O_RDONLY) == 0)
			return 0;
		error = errno;
	}
	errno = error;
	return -1;
}

/*
 * Its cgroup below MOUNT, by the path that /proc/self/cgroup has.  "0" is the
 * process that writes.
 */
static int
write_cgroup(
    const char *mount, const char *dir, const char *file, const char *text)
{
	char line[4096], path[8192];
	FILE *f = fopen("/proc/self/cgroup", "re");
	int fd;

	if (f == NULL)
		return -1;
	do
		if (fgets(line, sizeof(line), f) == NULL) {
			fclose(f);
			errno = ENOENT;
			return -1;
		}
	while (strncmp(line, "0::", 3) != 0);
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, sizeof(path), "%s%s%s/%s", mount, line + 3, dir, file);
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return -1;
	return write(fd, text, strlen(text)) == -1 ? -1 : 0;
}

static int
leave_cgroup(char **args)
{
	return write_cgroup(args[0], "/..", "cgroup.procs", "0");
}

static int
raise_limit(char **args)
{
	return write_cgroup(args[0], "", "cgroup.max.depth", "max");
}

/* --- the network --- */

static int
make_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

static int
raw_socket(char **args UNUSED)
{
	return make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int
packet_socket(char **args UNUSED)
{
	return make_socket(AF_PACKET, SOCK_DGRAM, 0);
}

static int
alg_socket(char **args UNUSED)
{
	return make_socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static int
connect_to(char **args)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct timeval second = { 1, 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || inet_pton(AF_INET, args[0], &in.sin_addr) != 1)
		return -1;
	in.sin_port = htons((uint16_t)atoi(args[1]));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
	return connect(fd, (struct sockaddr *)&in, sizeof(in));
}

const struct attempt kernel_attempts[] = {
	{ "user-namespace", new_user_namespace },
	{ "pid-namespace", new_pid_namespace },
	{ "mount-namespace", new_mount_namespace },
	{ "clone-user-mount", clone_user_mount },
	{ "mount", mount_tmpfs },
	{ "mount-in-user-namespace", mount_in_user_namespace },
	{ "umount", unmount },
	{ "chroot-fchdir", chroot_fchdir },
	{ "enter-namespace", enter_namespace },
	{ "set-uid-program", set_uid_program },
	{ "be-root", be_root },
	{ "setuid", become_root },
	{ "module", load_module },
	{ "reboot", reboot_it },
	{ "clock", set_clock },
	{ "hostname", set_hostname },
	{ "open-handle", open_handle },
	{ "io_uring", use_io_uring },
	{ "userfaultfd", use_userfaultfd },
	{ "bpf", use_bpf },
	{ "perf", use_perf },
	{ "add-key", add_key },
	{ "personality", set_personality },
	{ "int80", call_int80 },
	{ "memfd-exec", execute_memfd },
	{ "true", do_nothing },
	{ "tiocsti", type_for_others },
	{ "read", read_file },
	{ "write", write_file },
	{ "create", create_file },
	{ "mknod", make_device },
	{ "block-device", open_block_device },
	{ "leave-cgroup", leave_cgroup },
	{ "cgroup-limit", raise_limit },
	{ "raw-socket", raw_socket },
	{ "packet-socket", packet_socket },
	{ "alg-socket", alg_socket },
	{ "connect", connect_to },
	{ NULL, NULL },
};
