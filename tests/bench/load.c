/*
 * load.c -- the clients of ./dev bench.  Each waits for its answer before it
 * connects again, and checks every byte of it.
 *
 *	load many PORT AT-ONCE N	prints connections per second
 *	load lone PORT PERCENTILE N	one at a time: prints the time from
 *					connect(2) to the end in us, at that
 *					percentile
 *	load spread PORT N		the same: prints the time at several
 *					percentiles, each as "p50 181.2 us"
 *	load usage PORT AT-ONCE N PID	as "many"; prints "rate N conn/s" and
 *					"cpu N us", the processor time of
 *					process PID alone for each connection
 *	load end PORT PERCENTILE N	as lone from the last byte to the end
 *	load paced PORT PERCENTILE N RATE
 *					as lone from 127.0.0.3, RATE a second,
 *					from when each is due
 *	load bulk PORT BYTES		sends and receives: prints MB per second
 *	load from PORT N		N addresses, several at a time
 *	load hold PORT N		opens N connections, prints "held", and
 *					keeps them until it is killed
 *	load times N PROGRAM [ARG ...]	runs it N times; it must print the line
 *	load alone N PROGRAM [ARG ...]	runs it N times by fork and exec, a few
 *					at a time: prints the CPU time of one in
 *					us
 *	load cost PORT PID AT-ONCE N	as "many": prints the CPU time of a
 *					connection in us, of the process PID and
 *					its children that it has reaped
 *	load daemon PORT PID AT-ONCE N	the same of PID alone
 */

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE_MAX 1024
#define FROM_AT_ONCE 32
#define PATIENCE 20000 /* ms without an event until the run fails */
#define CHUNK 65536

static const char line[] = "Smile from the server\n"; /* as in tiny.c */

struct client {
	int fd;
	size_t got;
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* A connection to 127.0.0.1:PORT from 127.0.0.1, or from the address FROM. */
static int
connect_to(int port, uint32_t from, int flags)
{
	struct sockaddr_in to = { .sin_family = AF_INET }, own = to;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), on = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((in_port_t)port);
	own.sin_addr.s_addr = htonl(from);
	if (fd == -1)
		err(1, "socket");
	if (from != 0 &&
	    (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
		 sizeof(on)) == -1 ||
		bind(fd, (struct sockaddr *)&own, sizeof(own)) == -1))
		err(1, "bind");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1 &&
	    errno != EINPROGRESS)
		err(1, "port %d", port);
	return fd;
}

/* Returns whether the answer is complete; any other byte ends the run. */
static int
take(struct client *c)
{
	char buf[64];
	ssize_t n = read(c->fd, buf, sizeof(buf));

	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n == -1)
		err(1, "read");
	if ((size_t)n > sizeof(line) - 1 - c->got ||
	    memcmp(buf, line + c->got, (size_t)n) != 0)
		errx(1, "a wrong answer");
	c->got += (size_t)n;
	if (n > 0)
		return 0;
	if (c->got != sizeof(line) - 1)
		errx(1, "an answer of %zu bytes", c->got);
	return 1;
}

/* FROM: as for connect_to. */
static void
begin(int epoll, struct client *c, int port, uint32_t from)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	c->got = 0;
	c->fd = connect_to(port, from, SOCK_NONBLOCK);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

/* N clients, AT_ONCE at a time; number I has the address FROM + I * STEP. */
static void
serve_all(int port, int at_once, long n, uint32_t from, uint32_t step)
{
	static struct client clients[AT_ONCE_MAX];
	struct epoll_event events[AT_ONCE_MAX];
	int epoll = epoll_create1(EPOLL_CLOEXEC), i, ready;
	long begun = 0, done = 0;

	if (at_once < 1 || at_once > AT_ONCE_MAX || n < at_once)
		errx(2, "1 to %d at once", AT_ONCE_MAX);
	for (; begun < at_once; begun++, from += step)
		begin(epoll, &clients[begun], port, from);
	while (done < n) {
		ready = epoll_wait(epoll, events, AT_ONCE_MAX, PATIENCE);
		if (ready <= 0)
			errx(1, "no answer");
		for (i = 0; i < ready; i++) {
			struct client *c = events[i].data.ptr;

			if (!take(c))
				continue;
			close(c->fd);
			done++;
			if (begun < n) {
				begin(epoll, c, port, from);
				begun++;
				from += step;
			}
		}
	}
	close(epoll);
}

static int
many(int port, char **argv)
{
	long n = atol(argv[1]);
	double start = now();

	serve_all(port, atoi(argv[0]), n, 0, 0);
	printf("%.1f\n", (double)n / (now() - start));
	return 0;
}

/* The processor time of process PID, without its children. */
static double
cpu_of(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if ((errno = clock_getcpuclockid(pid, &clock)) != 0 ||
	    clock_gettime(clock, &ts) == -1)
		err(1, "processor time of process %d", pid);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
usage(int port, char **argv)
{
	long n = atol(argv[1]);
	pid_t pid = atoi(argv[2]);
	double cpu = cpu_of(pid), start = now();

	serve_all(port, atoi(argv[0]), n, 0, 0);
	start = now() - start;
	printf("rate %.1f conn/s\n", (double)n / start);
	printf("cpu %.2f us\n", (cpu_of(pid) - cpu) * 1e6 / (double)n);
	return 0;
}

/* Returns when its last byte came. */
static double
one(int port, uint32_t from)
{
	struct client c = { .fd = connect_to(port, from, 0) };
	double last = 0;

	while (!take(&c))
		last = now();
	close(c.fd);
	return last;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
wait_for(double when)
{
	struct timespec ts;
	double left = when - now();

	if (left <= 0)
		return;
	ts.tv_sec = (time_t)left;
	ts.tv_nsec = (long)((left - (double)ts.tv_sec) * 1e9);
	nanosleep(&ts, NULL);
}

/*
 * N clients from FROM, RATE a second; 0: each when the last is done.  Returns
 * the time of each in us, sorted; AT_END: the time from the last byte.
 */
static double *
times_of(int port, uint32_t from, long n, double rate, int at_end)
{
	double *took, first = now(), start, last;
	long i;

	if (n < 1 || (took = calloc((size_t)n, sizeof(*took))) == NULL)
		err(1, "%ld times", n);
	for (i = 0; i < n; i++) {
		start = rate == 0 ? now() : first + (double)i / rate;
		wait_for(start);
		last = one(port, from);
		took[i] = (now() - (at_end ? last : start)) * 1e6;
	}
	qsort(took, (size_t)n, sizeof(*took), compare);
	return took;
}

/* As times_of; prints the one at PERCENTILE. */
static int
in_turn(
    int port, uint32_t from, long percentile, long n, double rate, int at_end)
{
	double *took = times_of(port, from, n, rate, at_end);

	printf("%.1f\n", took[(n - 1) * percentile / 100]);
	free(took);
	return 0;
}

static int
spread(int port, char **argv)
{
	static const double percentiles[] = { 1, 10, 25, 50, 75, 90, 95, 99,
		99.5, 99.9 };
	long n = atol(argv[0]);
	double *took = times_of(port, 0, n, 0, 0);
	size_t i;

	for (i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		printf("p%g %.1f us\n", percentiles[i],
		    took[(long)((double)(n - 1) * percentiles[i] / 100)]);
	free(took);
	return 0;
}

static int
lone(int port, char **argv)
{
	return in_turn(port, 0, atol(argv[0]), atol(argv[1]), 0, 0);
}

static int
end(int port, char **argv)
{
	return in_turn(port, 0, atol(argv[0]), atol(argv[1]), 0, 1);
}

static int
paced(int port, char **argv)
{
	return in_turn(port, INADDR_LOOPBACK + 2, atol(argv[0]), atol(argv[1]),
	    atof(argv[2]), 0);
}

static int
from(int port, char **argv)
{
	serve_all(port, FROM_AT_ONCE, atol(argv[0]),
	    (INADDR_LOOPBACK & 0xff000000) + 0x10000, 1);
	return 0;
}

/* The byte at AT of a stream; its period does not divide CHUNK. */
static void
fill(char *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = (char)(i * 31 + (i >> 8) * 7);
}

static int
bulk(int port, char **argv)
{
	static char out[2 * CHUNK], in[CHUNK];
	long long size = atoll(argv[0]), sent = 0, got = 0;
	int fd = connect_to(port, 0, 0);
	struct pollfd p = { .fd = fd };
	double start = now();
	ssize_t n;

	fill(out, CHUNK);
	memcpy(out + CHUNK, out, CHUNK);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		p.events = (short)(POLLIN | (sent < size ? POLLOUT : 0));
		if (poll(&p, 1, PATIENCE) <= 0)
			errx(1, "no answer after %lld bytes", got);
		if (sent < size && (p.revents & POLLOUT)) {
			n = write(fd, out + sent % CHUNK,
			    size - sent < CHUNK ? (size_t)(size - sent)
						: CHUNK);
			if (n == -1 && errno != EAGAIN)
				err(1, "write");
			if (n > 0 && (sent += n) == size)
				shutdown(fd, SHUT_WR);
		}
		n = read(fd, in, sizeof(in));
		if (n == -1 && errno == EAGAIN)
			continue;
		if (n <= 0)
			break;
		if (memcmp(in, out + got % CHUNK, (size_t)n) != 0)
			errx(1, "wrong bytes after %lld", got);
		got += n;
	}
	if (n == -1 || got != size)
		errx(1, "%lld bytes of %lld", got, size);
	printf("%.1f\n", (double)size / 1e6 / (now() - start));
	return 0;
}

static int
hold(int port, char **argv)
{
	struct rlimit rl;
	long n = atol(argv[0]), i;
	char c;

	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	/* A few at a time: the listen queue must not overflow. */
	for (i = 0; i < n; i++) {
		int fd = connect_to(port, 0, 0);

		/* When a byte comes back its child is running. */
		if (write(fd, "x", 1) != 1 || read(fd, &c, 1) != 1)
			errx(1, "no answer to number %ld", i);
	}
	printf("held\n");
	fflush(stdout);
	for (;;)
		pause();
}

/* Run ARGV N times, one after the other. */
static int
times(int n, char **argv)
{
	char buf[64];
	size_t got;
	ssize_t r;
	int out[2], status;
	pid_t pid;

	for (; n > 0; n--) {
		if (pipe(out) == -1 || (pid = fork()) == -1)
			err(1, "fork");
		if (pid == 0) {
			dup2(out[1], STDOUT_FILENO);
			execvp(argv[0], argv);
			_exit(127);
		}
		close(out[1]);
		for (got = 0; got < sizeof(buf) &&
		     (r = read(out[0], buf + got, sizeof(buf) - got)) > 0;)
			got += (size_t)r;
		close(out[0]);
		if (waitpid(pid, &status, 0) == -1 || status != 0 ||
		    got != sizeof(line) - 1 || memcmp(buf, line, got) != 0)
			errx(1, "%s: status %d, %zu bytes", argv[0], status,
			    got);
	}
	return 0;
}

#define ALONE_AT_ONCE 8

static double
seconds(const struct timeval *tv)
{
	return (double)tv->tv_sec + (double)tv->tv_usec / 1e6;
}

/* The CPU time of WHO, an argument of getrusage(2). */
static double
own_cpu(int who)
{
	struct rusage ru;

	getrusage(who, &ru);
	return seconds(&ru.ru_utime) + seconds(&ru.ru_stime);
}

static void
reap_one(const char *name)
{
	int status;

	if (wait(&status) == -1 || status != 0)
		errx(1, "%s: status %d", name, status);
}

/* This process's time has the fork, its child's exec, program and exit. */
static int
alone(int n, char **argv)
{
	double start = own_cpu(RUSAGE_SELF) + own_cpu(RUSAGE_CHILDREN);
	int i, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid;

	for (i = 0; i < n; i++) {
		if (i >= ALONE_AT_ONCE)
			reap_one(argv[0]);
		if ((pid = fork()) == -1)
			err(1, "fork");
		if (pid == 0) {
			dup2(null, STDIN_FILENO);
			dup2(null, STDOUT_FILENO);
			execv(argv[0], argv);
			_exit(127);
		}
	}
	for (i = 0; i < n && i < ALONE_AT_ONCE; i++)
		reap_one(argv[0]);
	printf("%.2f\n",
	    (own_cpu(RUSAGE_SELF) + own_cpu(RUSAGE_CHILDREN) - start) * 1e6 /
		n);
	return 0;
}

/* Read the first line of /proc/PID/NAME into BUF. */
static void
read_line(const char *pid, const char *name, char *buf, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	if ((f = fopen(path, "r")) == NULL || fgets(buf, (int)size, f) == NULL)
		err(1, "%s", path);
	fclose(f);
}

/* That of the children that PID has waited for, in ticks of 10 ms. */
static double
cpu_children(const char *pid)
{
	char text[1024], *after;
	unsigned long long user, system;

	read_line(pid, "stat", text, sizeof(text));
	if ((after = strrchr(text, ')')) == NULL ||
	    sscanf(after,
		") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %llu "
		"%llu",
		&user, &system) != 2)
		errx(1, "/proc/%s/stat", pid);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static int
cpu_each(int port, char **argv, int children)
{
	pid_t pid = atoi(argv[0]);
	long n = atol(argv[2]);
	double start = cpu_of(pid), used;

	start += children ? cpu_children(argv[0]) : 0;
	serve_all(port, atoi(argv[1]), n, 0, 0);
	used = cpu_of(pid) - start;
	used += children ? cpu_children(argv[0]) : 0;
	printf("%.2f\n", used * 1e6 / (double)n);
	return 0;
}

static int
cost(int port, char **argv)
{
	return cpu_each(port, argv, 1);
}

static int
daemon_cost(int port, char **argv)
{
	return cpu_each(port, argv, 0);
}

static const struct mode {
	const char *name;
	int args;
	int (*run)(int, char **);
} modes[] = {
	{ "many", 2, many }, { "lone", 2, lone }, { "spread", 1, spread },
	{ "usage", 3, usage }, { "end", 2, end }, { "paced", 3, paced },
	{ "bulk", 1, bulk }, { "from", 1, from }, { "hold", 1, hold },
	{ "cost", 3, cost }, { "daemon", 3, daemon_cost },
	{ "times", -1, times }, { "alone", -1, alone }, /* a command */
};

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if ((modes[i].args == -1 ? argc > 3
					 : argc == 3 + modes[i].args) &&
		    strcmp(argv[1], modes[i].name) == 0)
			return modes[i].run(atoi(argv[2]), argv + 3);
	errx(2,
	    "usage: load many PORT AT-ONCE N | lone PORT PERCENTILE N |\n"
	    "    spread PORT N | usage PORT AT-ONCE N PID |\n"
	    "    end PORT PERCENTILE N | paced PORT PERCENTILE N RATE |\n"
	    "    bulk PORT BYTES | from PORT N | hold PORT N |\n"
	    "    times N PROGRAM [ARG ...] | alone N PROGRAM [ARG ...] |\n"
	    "    cost PORT PID AT-ONCE N | daemon PORT PID AT-ONCE N");
}
