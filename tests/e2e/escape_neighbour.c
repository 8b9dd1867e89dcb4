/*
 * escape_neighbour.c -- attempts against another session: the victim below.
 *
 * Their arguments are its pid, or its TOKEN, by which its things are named.
 */

#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <linux/keyctl.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/escape.h"

#define UNUSED __attribute__((unused))

static pid_t
pid_of(char **args)
{
	return args[0] != NULL ? atoi(args[0]) : 0;
}

/* --- its process --- */

static int
trace(char **args)
{
	return ptrace(PTRACE_SEIZE, pid_of(args), NULL, NULL) == -1 ? -1 : 0;
}

static int
read_memory(char **args)
{
	char c;
	struct iovec local = { &c, 1 }, remote = { (void *)16, 1 };

	/* Nothing is mapped there. */
	return process_vm_readv(pid_of(args), &local, 1, &remote, 1, 0) == -1 &&
		errno != EFAULT
	    ? -1
	    : 0;
}

static int
get_descriptor(char **args)
{
	int fd = (int)syscall(SYS_pidfd_open, pid_of(args), 0);

	return fd == -1 || syscall(SYS_pidfd_getfd, fd, 0, 0) == -1 ? -1 : 0;
}

/* Signal 0 needs the same rights as any other. */
static int
send_signal(char **args)
{
	return kill(pid_of(args), 0);
}

static int
lower_priority(char **args)
{
	return setpriority(PRIO_PROCESS, (id_t)pid_of(args), 5);
}

static int
set_affinity(char **args)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == -1
	    ? -1
	    : sched_setaffinity(pid_of(args), sizeof(set), &set);
}

static int
set_limit(char **args)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_CORE, &limit) == -1
	    ? -1
	    : prlimit(pid_of(args), RLIMIT_CORE, &limit, NULL);
}

static int
open_proc(char **args, const char *file, int flags)
{
	char path[64], c;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid_of(args), file);
	if ((fd = open(path, flags | O_CLOEXEC)) == -1)
		return -1;
	if (strcmp(file, "mem") == 0)
		return 0;
	return read(fd, &c, 1) == -1 ? -1 : 0;
}

static int
proc_environ(char **args)
{
	return open_proc(args, "environ", O_RDONLY);
}

static int
proc_mem(char **args)
{
	return open_proc(args, "mem", O_RDWR);
}

static int
proc_fd(char **args)
{
	char path[64], target[64];

	snprintf(path, sizeof(path), "/proc/%ld/fd/0", (long)pid_of(args));
	return readlink(path, target, sizeof(target)) == -1 ? -1 : 0;
}

static int
proc_cmdline(char **args)
{
	return open_proc(args, "cmdline", O_RDONLY);
}

/* --- what it has --- */

static void
name_of(char **args, char *buf, size_t size, const char *format)
{
	snprintf(buf, size, "%s%s", format, args[0] != NULL ? args[0] : "");
}

static socklen_t
address_of(const char *token, bool abstract, struct sockaddr_un *un)
{
	int n;

	*un = (struct sockaddr_un) { .sun_family = AF_UNIX };
	n = snprintf(un->sun_path + abstract, sizeof(un->sun_path) - 1,
	    abstract ? "escape-%s" : "/tmp/escape-%s.sock", token);
	return (
	    socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n + 1);
}

/* Connect, and get a descriptor of its files. */
static int
take_descriptor(char **args, bool abstract)
{
	char control[CMSG_SPACE(sizeof(int))], c;
	struct iovec iov = { &c, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct sockaddr_un un;
	socklen_t len = address_of(args[0], abstract, &un);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&un, len) == -1 ||
	    recvmsg(fd, &m, 0) <= 0)
		return -1;
	errno = ENOMSG;
	return CMSG_FIRSTHDR(&m) != NULL ? 0 : -1;
}

static int
abstract_descriptor(char **args)
{
	return take_descriptor(args, true);
}

static int
path_descriptor(char **args)
{
	return take_descriptor(args, false);
}

static int
sysv_memory(char **args)
{
	int id = shmget(atoi(args[0]), 0, 0);

	return id == -1 || shmat(id, NULL, SHM_RDONLY) == (void *)-1 ? -1 : 0;
}

static int
posix_memory(char **args)
{
	char name[64];

	name_of(args, name, sizeof(name), "/escape-");
	return shm_open(name, O_RDWR, 0) == -1 ? -1 : 0;
}

static int
message_queue(char **args)
{
	char name[64];

	name_of(args, name, sizeof(name), "/escape-");
	return mq_open(name, O_RDWR) == -1 ? -1 : 0;
}

static int
find_key(char **args)
{
	char name[64];

	name_of(args, name, sizeof(name), "escape-");
	return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user",
		   name, 0) == -1
	    ? -1
	    : 0;
}

static int
temporary_file(char **args)
{
	char name[64];
	int fd;

	name_of(args, name, sizeof(name), "/tmp/escape-");
	if ((fd = open(name, O_RDWR | O_CLOEXEC)) == -1)
		return -1;
	close(fd);
	return 0;
}

/* --- the victim --- */

static int
listen_at(const char *token, bool abstract)
{
	struct sockaddr_un un;
	socklen_t len = address_of(token, abstract, &un);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!abstract)
		unlink(un.sun_path);
	if (fd == -1 || bind(fd, (struct sockaddr *)&un, len) == -1 ||
	    listen(fd, 5) == -1)
		return -1;
	return fd;
}

/* Give the next client of LISTENER a descriptor. */
static void
give_descriptor(int listener)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (char[]) { "x" }, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control) };
	int fd = accept(listener, NULL, NULL), zero = 0;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &zero, sizeof(zero));
	sendmsg(fd, &m, MSG_NOSIGNAL);
	close(fd);
}

static char names[5][64];

/* What cannot be made cannot be attacked. */
static int
make_things(const char *token)
{
	int id, fd;

	umask(0);
	id = shmget(atoi(token), 4096, IPC_CREAT | 0666);
	snprintf(names[0], sizeof(names[0]), "/escape-%s", token);
	snprintf(names[1], sizeof(names[1]), "escape-%s", token);
	snprintf(names[2], sizeof(names[2]), "/tmp/escape-%s.sock", token);
	snprintf(names[3], sizeof(names[3]), "/tmp/escape-%s", token);
	if ((fd = shm_open(names[0], O_RDWR | O_CREAT, 0666)) != -1)
		close(fd);
	mq_open(names[0], O_RDWR | O_CREAT, 0666, NULL);
	syscall(SYS_add_key, "user", names[1], "x", 1UL, KEY_SPEC_USER_KEYRING);
	/* This one stays, for the next session. */
	if ((fd = open(names[3], O_RDWR | O_CREAT, 0666)) != -1)
		close(fd);
	return id;
}

int
be_victim(const char *token)
{
	struct pollfd fds[3] = { { .fd = 0, .events = POLLIN },
		{ .fd = listen_at(token, true), .events = POLLIN },
		{ .fd = -1, .events = POLLIN } };
	int id = make_things(token);
	char buf[512];

	fds[2].fd = listen_at(token, false);
	be_in_network(token);
	puts("ready");
	for (;;) {
		poll(fds, 3, -1);
		if (fds[1].revents != 0)
			give_descriptor(fds[1].fd);
		if (fds[2].revents != 0)
			give_descriptor(fds[2].fd);
		if (fds[0].revents != 0 && read(0, buf, sizeof(buf)) <= 0)
			break;
	}
	shmctl(id, IPC_RMID, NULL);
	shm_unlink(names[0]);
	mq_unlink(names[0]);
	unlink(names[2]);
	return 0;
}

const struct attempt neighbour_attempts[] = {
	{ "ptrace", trace },
	{ "process_vm_readv", read_memory },
	{ "pidfd_getfd", get_descriptor },
	{ "signal", send_signal },
	{ "priority", lower_priority },
	{ "affinity", set_affinity },
	{ "prlimit", set_limit },
	{ "proc-environ", proc_environ },
	{ "proc-mem", proc_mem },
	{ "proc-fd", proc_fd },
	{ "proc-cmdline", proc_cmdline },
	{ "abstract-socket", abstract_descriptor },
	{ "path-socket", path_descriptor },
	{ "sysv-memory", sysv_memory },
	{ "posix-memory", posix_memory },
	{ "message-queue", message_queue },
	{ "key", find_key },
	{ "temporary-file", temporary_file },
	{ NULL, NULL },
};
