#include "haild/log/logger_counts.h"

#include <sys/mman.h>

#include <stdatomic.h>
#include <stddef.h>

/* Lock-free, so that a logger that is killed can leave nothing locked. */
struct logger_page {
	_Atomic unsigned long left_out, to_syslog, to_stderr;
};
_Static_assert(ATOMIC_LONG_LOCK_FREE == 2, "the page needs lock-free counters");

int
logger_counts_begin(struct logger_tally *t)
{
	void *p = mmap(NULL, sizeof(*t->page), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -1;
	t->page = p;
	return 0;
}

void
logger_counts_forked(struct logger_tally *t)
{
	madvise(t->page, sizeof(*t->page), MADV_DONTFORK);
}

void
logger_counts_publish(struct logger_page *page, unsigned long left_out)
{
	const struct log_lost lost = log_lost();

	atomic_store(&page->left_out, left_out);
	atomic_store(&page->to_syslog, lost.all - lost.stderr_all);
	atomic_store(&page->to_stderr, lost.stderr_all);
}

void
logger_counts_end(struct logger_tally *t)
{
	if (t->page == NULL)
		return;
	t->ended = logger_counts_get(t);
	munmap(t->page, sizeof(*t->page));
	t->page = NULL;
}

static uint64_t
add(uint64_t a, uint64_t b)
{
	return b > LOGGER_COUNT_MAX || a + b > LOGGER_COUNT_MAX
	    ? LOGGER_COUNT_MAX
	    : a + b;
}

struct logger_counts
logger_counts_get(const struct logger_tally *t)
{
	struct logger_counts c = t->ended;

	if (t->page == NULL)
		return c;
	c.left_out = add(c.left_out, atomic_load(&t->page->left_out));
	c.to_syslog = add(c.to_syslog, atomic_load(&t->page->to_syslog));
	c.to_stderr = add(c.to_stderr, atomic_load(&t->page->to_stderr));
	return c;
}

struct log_lost
logger_counts_add(const struct logger_tally *t, struct log_lost lost)
{
	const struct logger_counts c = logger_counts_get(t);

	lost.all += c.to_syslog + c.to_stderr;
	lost.stderr_all += c.to_stderr;
	return lost;
}
