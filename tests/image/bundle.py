#!/usr/bin/python3
"""Change the config.json that umoci made, as a runtime like Docker or the kubelet does.

	bundle.py IN OUT [OPTION=VALUE...]

Options:

	root=DIR		the root directory
	user=UID
	writable		the root directory is not read-only
	caps=NAME,NAME...	capabilities; without: none
	privileges		without no_new_privs
	seccomp			refuse what profiles of runtimes refuse
	cgroup			mount cgroup v2, read-only
	mount=FROM:TO[:rw]	a bind mount, read-only without rw
	tmpfs=DIR[:OPTION,...]	a tmpfs
	tty			a terminal
	--			the arguments of the entrypoint follow
"""

import json
import sys

# System calls that the profiles of Docker, containerd and CRI-O refuse to a process
# without capabilities; some refuse fewer.
REFUSED = '''acct add_key bpf chroot clock_adjtime clock_settime delete_module
    fanotify_init finit_module fsconfig fsmount fsopen fspick init_module
    io_uring_enter io_uring_register io_uring_setup ioperm iopl kcmp
    kexec_file_load kexec_load keyctl lookup_dcookie mbind migrate_pages mount
    mount_setattr move_mount move_pages open_by_handle_at open_tree
    perf_event_open pidfd_getfd pivot_root process_vm_readv process_vm_writev
    ptrace quotactl reboot request_key set_mempolicy setdomainname sethostname
    setns settimeofday swapoff swapon syslog umount umount2 unshare userfaultfd
    vhangup'''.split()
NAMESPACES = 0x7e020000


def seccomp():
    return {
        'defaultAction': 'SCMP_ACT_ALLOW',
        'architectures': ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86',
                          'SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
        'syscalls': [
            {'names': REFUSED, 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 1},
            # Its flags are in memory, where a filter cannot see namespaces.
            {'names': ['clone3'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 38},
        ] + [
            {'names': ['clone'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 1,
             'args': [{'index': 0, 'value': 1 << bit, 'valueTwo': 1 << bit,
                       'op': 'SCMP_CMP_MASKED_EQ'}]}
            for bit in range(32) if NAMESPACES >> bit & 1
        ],
    }


def mount(kind, source, to, *options):
    return {'destination': to, 'type': kind, 'source': source,
            'options': list(options)}


def main():
    with open(sys.argv[1]) as file:
        config = json.load(file)
    process, linux = config['process'], config['linux']
    options = sys.argv[3:]
    if '--' in options:
        process['args'] += options[options.index('--') + 1:]
        options = options[:options.index('--')]
    process['terminal'] = False
    process['capabilities'] = {}
    config['root']['readonly'] = True
    # The network is that of the test.
    linux['namespaces'] = [n for n in linux['namespaces']
                           if n['type'] != 'network']
    mounts = [m for m in config['mounts'] if not
              m['destination'].startswith('/sys')]
    mounts.append(mount('bind', '/sys', '/sys', 'rbind', 'ro'))
    for option in options:
        name, _, value = option.partition('=')
        if name == 'root':
            config['root']['path'] = value
        elif name == 'user':
            process['user'] = {'uid': int(value), 'gid': int(value)}
        elif name == 'writable':
            config['root']['readonly'] = False
        elif name == 'caps':
            for kind in 'bounding', 'effective', 'permitted':
                process['capabilities'][kind] = value.split(',')
        elif name == 'privileges':
            process['noNewPrivileges'] = False
        elif name == 'seccomp':
            linux['seccomp'] = seccomp()
        elif name == 'cgroup':
            linux['namespaces'].append({'type': 'cgroup'})
            mounts.append(mount('cgroup', 'cgroup', '/sys/fs/cgroup', 'ro'))
        elif name == 'mount':
            source, to, *how = value.split(':')
            mounts.append(mount('bind', source, to, 'rbind', *how or ['ro']))
        elif name == 'tmpfs':
            to, _, how = value.partition(':')
            mounts.append(mount('tmpfs', 'tmpfs', to, *how.split(',')))
        else:
            sys.exit('bundle.py: %s: no such option' % name)
    config['mounts'] = mounts
    with open(sys.argv[2], 'w') as file:
        json.dump(config, file)


main()
