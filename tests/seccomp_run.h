/*
 * seccomp_run.h -- what Linux does with a seccomp filter, as far as filters of
 * haild need it.
 */

#ifndef TESTS_SECCOMP_RUN_H
#define TESTS_SECCOMP_RUN_H

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Run F, LEN instructions.  Returns what it returns, or UINT32_MAX, which no
 * filter returns, if it has another instruction or no end.
 */
static inline uint32_t
seccomp_run(const struct sock_filter *f, size_t len, struct seccomp_data data)
{
	uint32_t value = 0;
	size_t at;
	bool yes;

	for (at = 0; at < len; at++)
		switch (f[at].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f[at].k > sizeof(data) - 4)
				return UINT32_MAX;
			memcpy(&value, (const char *)&data + f[at].k, 4);
			break;
		case BPF_JMP | BPF_JA:
			at += f[at].k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = BPF_OP(f[at].code) == BPF_JEQ ? value == f[at].k
			    : BPF_OP(f[at].code) == BPF_JGE ? value >= f[at].k
			    : BPF_OP(f[at].code) == BPF_JGT
			    ? value > f[at].k
			    : (value & f[at].k) != 0;
			at += yes ? f[at].jt : f[at].jf;
			break;
		case BPF_RET | BPF_K:
			return f[at].k;
		default:
			return UINT32_MAX;
		}
	return UINT32_MAX;
}

#endif
