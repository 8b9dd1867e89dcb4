/*
 * check_contain.c -- processes in namespaces, and each step that can fail.
 *
 * Each test is made by a child.  A system call fails in it by a filter, which
 * its own children inherit.
 */

#include "tests/unit/logged.h"
#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contain/confine.h"
#include "contain/contain.h"
#include "contain/pool.h"
#include "contain/privileges.h"

#define NOBODY 65534
#define ANY UINT32_MAX

static const struct identity nobody = { .name = "nobody",
	.uid = NOBODY,
	.gid = NOBODY,
	.variables = {
	    "HOME=/", "USER=nobody", "LOGNAME=nobody", "SHELL=/bin/sh" } };

/* What a test changes. */
static struct service service;
static struct grant grant;
static struct contain_job job;

/* Shared with all children of a test. */
static struct shared {
	pid_t pid, parent, sid;
	int ended; /* how often */
	siginfo_t how;
	uid_t uid; /* the init's, at the end */
	pid_t self, orphan;
	int count;
} * shared;

static void
enter(void)
{
	unit_enter_dir();
	log_to_file();
	ck_assert_int_eq(fchmod(STDERR_FILENO, 0666), 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(shared != MAP_FAILED);
	service = (struct service) { .name = "s",
		.handler = HANDLER_EXEC,
		.identity = &nobody,
		.contained = {
		    .tree = NO_TREE, .capabilities = CAPABILITIES_ALL } };
	grant = NO_GRANT;
}

static void
leave(void)
{
	munmap(shared, sizeof(*shared));
	unit_leave_dir();
}

/* From now on the system call NUMBER, with FIRST as its first argument or ANY,
 * fails with ERROR. */
static void
deny(unsigned int number, uint32_t first, unsigned int error)
{
	const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, first, 0, first == ANY ? 0 : 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(filter_install(filter, COUNT(filter)), 0);
}

/* By number: before _exit(2) the address sanitizer makes other calls. */
static void __attribute__((noreturn)) leave_now(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

/* FN's result in a child. */
static int
in_child(int (*fn)(void))
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0)
		leave_now(fn());
	ck_assert_int_gt(pid, 0);
	status = unit_wait(pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

/* --- processes --- */

static void
run(void *arg)
{
	int (*fn)(void) = *(int (**)(void))arg;

	shared->pid = getpid();
	shared->parent = getppid();
	shared->sid = getsid(0);
	leave_now(fn());
}

static void
ended(void *arg UNUSED, const siginfo_t *how)
{
	shared->ended++;
	shared->how = *how;
	leave_now(how->si_code == CLD_EXITED ? how->si_status : 99);
}

static void
failed(void *arg UNUSED)
{
	leave_now(71);
}

static pid_t
begin(int (**program)(void))
{
	pid_t pid = contain_clone(&service, &grant);

	if (pid != 0)
		return pid;
	setsid();
	job.run = run;
	job.ended = ended;
	job.failed = failed;
	job.arg = program;
	job.empty = -1;
	contain_run(&service, &grant, &nobody, &job);
}

/* PROGRAM as a program; returns its exit status, or 1000 and a signal. */
static int
contain(int (*program)(void))
{
	pid_t pid = begin(&program);
	int status;

	if (pid == -1)
		return 2000 + errno;
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static int
exit_3(void)
{
	return 3;
}

START_TEST(without_containment)
{
	job = (struct contain_job) { .keep = -1 };
	ck_assert_int_eq(contain(exit_3), 3);
	ck_assert_int_eq(shared->parent, getpid());
	ck_assert_int_eq(shared->ended, 0);
}
END_TEST

START_TEST(an_init_reports_how_the_program_ended)
{
	service.private_pids = true;
	job = (struct contain_job) { .keep = -1, .reads_client = _i };
	ck_assert_int_eq(contain(exit_3), 3);
	ck_assert_int_eq(shared->pid, 2);
	ck_assert_int_eq(shared->parent, 1);
	ck_assert_int_eq(shared->sid, 2);
	ck_assert_int_eq(shared->ended, 1);
	ck_assert_int_eq(shared->how.si_code, CLD_EXITED);
	ck_assert_int_eq(shared->how.si_status, 3);
}
END_TEST

static int
kill_itself(void)
{
	kill(getpid(), SIGKILL);
	return 1;
}

START_TEST(an_init_reports_a_signal)
{
	service.private_pids = true;
	job = (struct contain_job) { .keep = -1 };
	ck_assert_int_eq(contain(kill_itself), 99);
	ck_assert_int_eq(shared->how.si_code, CLD_KILLED);
	ck_assert_int_eq(shared->how.si_status, SIGKILL);
}
END_TEST

static int
has_namespaces(void)
{
	char own[3][64] = { { 0 } }, outer[3][64] = { { 0 } }, path[64];
	static const char *const names[] = { "pid", "ipc", "uts" };
	int i, differ = 0;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		if (readlink(path, own[i], sizeof(own[i]) - 1) == -1)
			return 64;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", shared->self,
		    names[i]);
		if (readlink(path, outer[i], sizeof(outer[i]) - 1) == -1)
			return 65;
		if (strcmp(own[i], outer[i]) != 0)
			differ |= 1 << i;
	}
	return differ;
}

static void
want(int namespaces)
{
	shared->self = getpid();
	service.private_pids = namespaces & 1;
	service.private_ipc = namespaces & 2;
	service.protect_hostname = namespaces & 4;
	/* By fork: programs here execute nothing. */
	job = (struct contain_job) { .keep = -1, .reads_client = true };
}

START_TEST(namespaces_as_wanted)
{
	want(_i);
	ck_assert_int_eq(contain(has_namespaces), _i);
}
END_TEST

/* --- where system calls are denied --- */

static int clone3_error;

static int
without_clone3(void)
{
	want(7);
	deny(SYS_clone3, ANY, (unsigned int)clone3_error);
	return contain(has_namespaces);
}

START_TEST(clone_where_clone3_is_denied)
{
	clone3_error = _i == 0 ? ENOSYS : EPERM;
	ck_assert_int_eq(in_child(without_clone3), 7);
}
END_TEST

static int
without_clone(void)
{
	char why[128];

	want(2);
	deny(SYS_unshare, ANY, EPERM);
	deny(SYS_clone3, ANY, EPERM);
	deny(SYS_clone, (uint32_t)(CLONE_NEWIPC | SIGCHLD), EPERM);
	if (contain_clone(&service, &grant) != -1 || errno != EPERM)
		return 1;
	contain_explain(&service, why, sizeof(why));
	return strcmp(why,
		   "cannot create an IPC namespace: Operation not permitted "
		   "(needs CAP_SYS_ADMIN)") == 0
	    ? 0
	    : 2;
}

START_TEST(no_namespace_no_process)
{
	ck_assert_int_eq(in_child(without_clone), 0);
}
END_TEST

/* The rest: a step fails, so PROGRAM never runs, and TEXT is logged. */

static int
was_run(void)
{
	shared->count++;
	return 0;
}

static int
enter_cgroup(void)
{
	job = (struct contain_job) { .keep = -1 };
	grant.leaf = open(".", O_RDONLY | O_DIRECTORY);
	grant.join = true;
	return contain(was_run);
}

START_TEST(a_leaf_that_is_joined)
{
	char text[8] = "";
	int fd;

	ck_assert_int_eq(enter_cgroup(), 71);
	ck_assert_str_eq(logged(),
	    "test: s: cannot enter the cgroup: No such file or directory\n");
	unit_write_file("cgroup.procs", "");
	ck_assert_int_eq(enter_cgroup(), 0);
	ck_assert_int_eq(shared->count, 1);
	ck_assert_int_ge(fd = open("cgroup.procs", O_RDONLY), 0);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 1);
	ck_assert_str_eq(text, "0");
	close(fd);
}
END_TEST

static int
into_cgroup(void)
{
	job = (struct contain_job) { .keep = -1 };
	deny(SYS_clone3, ANY, EPERM);
	grant.leaf = open(".", O_RDONLY | O_DIRECTORY);
	return contain(was_run);
}

START_TEST(a_leaf_where_clone3_is_denied)
{
	unit_write_file("cgroup.procs", "");
	ck_assert_int_eq(in_child(into_cgroup), 0);
	ck_assert_int_eq(access("cgroup.procs", F_OK), 0);
	ck_assert_int_eq(unlink("cgroup.procs"), 0);
	ck_assert_int_eq(in_child(into_cgroup), 71);
	ck_assert_int_eq(shared->count, 1);
}
END_TEST

START_TEST(a_grant_that_does_not_fit)
{
	static const char why[] =
	    "test: s: cannot start the session: a reload changed the service; "
	    "the next session will work\n";

	job = (struct contain_job) { .keep = -1 };
	service.contained.pool_first = 100;
	service.contained.pool_last = 109;
	ck_assert_int_eq(contain(was_run), 71);
	ck_assert_str_eq(logged(), why);
	grant.uid = 110;
	ck_assert_int_eq(contain(was_run), 71);
	grant.uid = 109;
	ck_assert_int_eq(contain(was_run), 0);
	/* The reverse: there was no pool at the request. */
	service.contained.pool_first = service.contained.pool_last = 0;
	ck_assert_int_eq(contain(was_run), 71);
	grant.uid = NO_UID;
	service.tasks_max = 5; /* and there is no cgroup */
	ck_assert_int_eq(contain(was_run), 71);
	job.trial = true;
	ck_assert_int_eq(contain(was_run), 0);
	service.tasks_max = 0;
	service.contained.tree = 0;
	ck_assert_int_eq(contain(was_run), 71);
	ck_assert_int_eq(shared->count, 2);
}
END_TEST

static int
cannot_adjust(void)
{
	job = (struct contain_job) { .keep = -1 };
	deny(SYS_openat, ANY, EACCES);
	service.oom_score_adjust = 500;
	return contain(was_run);
}

static int
cannot_pin(void)
{
	static const unsigned long cpus[] = { 1 };

	job = (struct contain_job) { .keep = -1 };
	deny(SYS_sched_setaffinity, ANY, EINVAL);
	service.contained.cpus = cpus;
	service.contained.cpus_size = sizeof(cpus);
	return contain(was_run);
}

/* The init loses its privileges after the program was started. */
static int
cannot_confine(void)
{
	want(1);
	deny(SYS_prctl, PR_SET_DUMPABLE, EPERM);
	return contain(was_run);
}

static const struct {
	int (*fn)(void);
	const char *text;
} steps[] = {
	{ cannot_adjust,
	    "test: s: cannot set oom-score-adjust: Permission denied\n" },
	{ cannot_pin, "test: s: cannot set cpu-affinity: Invalid argument\n" },
	{ cannot_confine,
	    "test: s: cannot create a process: Operation not permitted\n" },
};

START_TEST(a_step_that_fails)
{
	ck_assert_int_eq(in_child(steps[_i].fn), 71);
	ck_assert_str_eq(logged(), steps[_i].text);
	ck_assert_int_eq(shared->count, 0);
}
END_TEST

/* --- init --- */

/* Its child leaves a grandchild, which ends at once. */
static int
leave_an_orphan(void)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if ((pid = fork()) == 0)
			leave_now(0);
		shared->orphan = pid;
		leave_now(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 1;
	while (kill(shared->orphan, 0) == 0)
		poll(NULL, 0, 10);
	return errno == ESRCH ? 0 : 2;
}

START_TEST(orphans_are_reaped)
{
	want(1);
	ck_assert_int_eq(contain(leave_an_orphan), 0);
}
END_TEST

static void
count(int sig UNUSED)
{
	shared->count++;
}

/* Signals of its own to process 1 come to nothing. */
static int
wait_for_signal(void)
{
	struct sigaction sa = { .sa_handler = count };
	sigset_t none;

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigemptyset(&none);
	shared->count = 0;
	kill(1, SIGKILL);
	kill(1, SIGSTOP);
	kill(1, SIGUSR1);
	shared->orphan = 1; /* ready */
	while (shared->count == 0)
		sigsuspend(&none);
	return shared->count;
}

static int
pass_on(void)
{
	int (*program)(void) = wait_for_signal;
	int status;
	sigset_t term;
	pid_t pid;

	want(1);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigaddset(&term, SIGUSR1);
	sigprocmask(SIG_BLOCK, &term, NULL);
	pid = begin(&program);
	while (shared->orphan == 0)
		poll(NULL, 0, 10);
	kill(-pid, SIGTERM);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

START_TEST(signals_are_passed_on)
{
	ck_assert_int_eq(in_child(pass_on), 1);
}
END_TEST

/* What a program can do to its init: 0 if nothing. */
static int
attack_init(void)
{
	char path[] = "/proc/1/mem";

	if (privileges_become(&nobody, "s") == -1)
		return 64;
	/* until it has the user, too */
	while (kill(1, 0) == -1)
		poll(NULL, 0, 10);
	if (syscall(SYS_ptrace, 16, 1, 0, 0) != -1) /* PTRACE_ATTACH */
		return 1;
	if (open(path, O_RDWR) != -1)
		return 2;
	kill(1, SIGTERM);
	kill(1, SIGKILL);
	return kill(1, 0) == 0 ? 0 : 3;
}

START_TEST(an_init_is_out_of_reach)
{
	want(1);
	ck_assert_int_eq(contain(attack_init), 0);
}
END_TEST

static int __attribute__((noreturn)) sleep_long(void)
{
	shared->orphan = 1;
	for (;;)
		pause();
}

/* A parent with a program whose init is to die with it. */
static int
die_early(void)
{
	int (*program)(void) = sleep_long;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		return 1;
	want(1);
	job.keep = fds[1];
	job.dies_with_parent = true;
	shared->count = begin(&program);
	while (shared->orphan == 0)
		poll(NULL, 0, 10);
	return 0;
}

START_TEST(an_init_dies_with_its_parent)
{
	siginfo_t info;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	ck_assert_int_eq(in_child(die_early), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)shared->count, &info, WEXITED), 0);
}
END_TEST

/* --- capabilities --- */

/* The field NAME of /proc/self/status, as a number in base 16. */
static unsigned long long
status_of(const char *name)
{
	unsigned long long n = 0;
	char line[256];
	size_t len = strlen(name);
	FILE *f = fopen("/proc/self/status", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, len) == 0)
			n = strtoull(line + len + 1, NULL, 16);
	fclose(f);
	return n;
}

static int
drop_all(void)
{
	service.contained.capabilities = 0;
	if (contain_drop(&service) == -1 ||
	    privileges_become(&nobody, "s") == -1 ||
	    contain_keep(&service) == -1)
		return 1;
	return status_of("CapBnd") == 0 && status_of("CapPrm") == 0 ? 0 : 2;
}

static int
keep_one(void)
{
	const unsigned long long one = 1 << CAP_NET_BIND_SERVICE;

	service.contained.capabilities = one;
	if (contain_drop(&service) == -1 ||
	    privileges_become(&nobody, "s") == -1 ||
	    contain_keep(&service) == -1)
		return 1;
	return status_of("CapBnd") == one && status_of("CapPrm") == one &&
		status_of("CapEff") == one && status_of("CapAmb") == one
	    ? 0
	    : 2;
}

static int
cannot_drop(void)
{
	service.contained.capabilities = 0;
	deny(SYS_prctl, PR_CAPBSET_DROP, EPERM);
	return contain_drop(&service) == -1 ? 0 : 1;
}

static int
cannot_keep(void)
{
	service.contained.capabilities = 2;
	deny(SYS_prctl, PR_SET_KEEPCAPS, EPERM);
	return contain_drop(&service) == -1 ? 0 : 1;
}

static int
cannot_raise(void)
{
	service.contained.capabilities = 2;
	if (contain_drop(&service) == -1 ||
	    privileges_become(&nobody, "s") == -1)
		return 1;
	deny(SYS_prctl, PR_CAP_AMBIENT, EPERM);
	return contain_keep(&service) == -1 ? 0 : 2;
}

static const struct {
	int (*run)(void);
	const char *logs;
} capability_tests[] = {
	{ drop_all, "" },
	{ keep_one, "" },
	{ cannot_drop,
	    "test: s: cannot drop CAP_CHOWN: Operation not permitted\n" },
	{ cannot_keep,
	    "test: s: cannot keep capabilities: Operation not permitted\n" },
	{ cannot_raise,
	    "test: s: cannot keep CAP_DAC_OVERRIDE: Operation not "
	    "permitted\n" },
};

START_TEST(capabilities)
{
	ck_assert_int_eq(in_child(capability_tests[_i].run), 0);
	ck_assert_str_eq(logged(), capability_tests[_i].logs);
}
END_TEST

/* --- the last steps --- */

static const struct sock_filter no_uname[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | E2BIG),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static int
seal_nothing(void)
{
	return contain_seal(&service) == 0 && status_of("NoNewPrivs") == 0 ? 0
									   : 1;
}

static int
seal_filter(void)
{
	service.contained.filter = no_uname;
	service.contained.filter_len = COUNT(no_uname);
	if (contain_seal(&service) == -1)
		return 1;
	return syscall(SYS_uname, NULL) == -1 && errno == E2BIG &&
		status_of("NoNewPrivs") == 1
	    ? 0
	    : 2;
}

static int
seal_filter_fails(void)
{
	service.contained.filter = no_uname;
	service.contained.filter_len = COUNT(no_uname);
	deny(SYS_prctl, PR_SET_SECCOMP, ENOSYS);
	return contain_seal(&service) == -1 ? 0 : 1;
}

static int
seal_privileges_fails(void)
{
	service.no_new_privileges = true;
	deny(SYS_prctl, PR_SET_NO_NEW_PRIVS, EINVAL);
	return contain_seal(&service) == -1 ? 0 : 1;
}

static int (*const seal_tests[])(void) = { seal_nothing, seal_filter,
	seal_filter_fails, seal_privileges_fails };

START_TEST(seals)
{
	ck_assert_int_eq(in_child(seal_tests[_i]), 0);
}
END_TEST

static int
seal_scope(void)
{
	service.landlock_scope = true;
	if (contain_seal(&service) == -1)
		return 1;
	return kill(getppid(), 0) == -1 && errno == EPERM ? 0 : 2;
}

static int
seal_scope_fails(void)
{
	service.landlock_scope = true;
	deny(446, ANY, ENOSYS); /* landlock_restrict_self */
	return contain_seal(&service) == -1 ? 0 : 1;
}

/* A kernel without Landlock. */
static int
seal_no_scope(void)
{
	service.landlock_scope = true;
	deny(444, ANY, ENOSYS); /* landlock_create_ruleset */
	return contain_seal(&service) == 0 && kill(getppid(), 0) == 0 ? 0 : 1;
}

static int (*const scope_tests[])(
    void) = { seal_scope, seal_scope_fails, seal_no_scope };

START_TEST(scopes)
{
	ck_assert_int_eq(in_child(scope_tests[_i]), 0);
}
END_TEST

/* --- the identity --- */

START_TEST(identity_of_a_pool)
{
	struct pool_identity pool;
	const struct identity *id = pool_identity(&pool, &nobody, 61234);

	ck_assert_str_eq(id->name, "haild-61234");
	ck_assert_uint_eq(id->uid, 61234);
	ck_assert_uint_eq(id->gid, 61234);
	ck_assert_uint_eq(id->ngroups, 0);
	ck_assert_str_eq(id->variables[0], "HOME=/");
	ck_assert_str_eq(id->variables[1], "USER=haild-61234");
	ck_assert_str_eq(id->variables[2], "LOGNAME=haild-61234");
	ck_assert_ptr_eq(pool_identity(&pool, &nobody, NO_UID), &nobody);
}
END_TEST

static void
add(TCase *tc)
{
	bool root = geteuid() == 0 && !unit_is_valgrind();

	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, without_containment);
	tcase_add_test(tc, a_leaf_that_is_joined);
	tcase_add_test(tc, a_grant_that_does_not_fit);
	tcase_add_test(tc, identity_of_a_pool);
	if (!root) {
		unit_skip("namespaces, init, capabilities, filters",
		    unit_is_valgrind() ? "cannot run under valgrind"
				       : "needs root");
		return;
	}
	tcase_add_loop_test(tc, an_init_reports_how_the_program_ended, 0, 2);
	tcase_add_test(tc, an_init_reports_a_signal);
	tcase_add_loop_test(tc, namespaces_as_wanted, 0, 8);
	tcase_add_loop_test(tc, clone_where_clone3_is_denied, 0, 2);
	tcase_add_test(tc, no_namespace_no_process);
	tcase_add_test(tc, a_leaf_where_clone3_is_denied);
	tcase_add_loop_test(tc, a_step_that_fails, 0, COUNT(steps));
	tcase_add_test(tc, orphans_are_reaped);
	tcase_add_test(tc, signals_are_passed_on);
	tcase_add_test(tc, an_init_is_out_of_reach);
	tcase_add_test(tc, an_init_dies_with_its_parent);
	tcase_add_loop_test(tc, capabilities, 0, COUNT(capability_tests));
	tcase_add_loop_test(tc, seals, 0, COUNT(seal_tests));
	if (landlock_version() >= LANDLOCK_SCOPES)
		tcase_add_loop_test(tc, scopes, 0, COUNT(scope_tests));
	else
		unit_skip("scopes", "needs Landlock");
}

int
main(void)
{
	return unit_run("contain", add);
}
