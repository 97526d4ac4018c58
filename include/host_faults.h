/* SPDX-License-Identifier: GPL-2.0 */
/*
 * host_faults.h - make a host call fail on purpose (CONFIG_UML_HOST_FAULTS).
 *
 * A call of the list goes through a wrapper (the linker's --wrap), which asks
 * host_fault() first. Host objects only.
 */
#ifndef UML_HOST_FAULTS_H
#define UML_HOST_FAULTS_H

/* X(name in host_faults=, name that the linker knows): arch/um/Makefile.uml lists the second ones too */
#define HOST_FAULT_CALLS(X)	\
	X(accept, accept)	\
	X(clone, clone)		\
	X(dup, dup)		\
	X(epoll_create, epoll_create) \
	X(epoll_ctl, epoll_ctl)	\
	X(epoll_wait, epoll_wait) \
	X(eventfd, eventfd)	\
	X(fallocate, fallocate64) \
	X(fcntl, fcntl64)	\
	X(fdatasync, fdatasync)	\
	X(fsync, fsync)		\
	X(ftruncate, ftruncate64) \
	X(ioctl, ioctl)		\
	X(lseek, lseek64)	\
	X(madvise, madvise)	\
	X(memfd_create, memfd_create) \
	X(mmap, mmap64)		\
	X(mprotect, mprotect)	\
	X(munmap, munmap)	\
	X(open, open64)		\
	X(poll, poll)		\
	X(pread, pread64)	\
	X(pthread_create, pthread_create) \
	X(ptrace, ptrace)	\
	X(pwrite, pwrite64)	\
	X(read, read)		\
	X(recvmsg, recvmsg)	\
	X(sendmsg, sendmsg)	\
	X(socket, socket)	\
	X(socketpair, socketpair) \
	X(waitpid, waitpid)	\
	X(write, write)

#define HOST_FAULT_ENUM(name, symbol) FAULT_##name,
enum host_fault_call {
	HOST_FAULT_CALLS(HOST_FAULT_ENUM)
	HOST_FAULT_COUNT
};

#ifdef UML_HOST_FAULTS
/* True if this use of the call has to fail; errno is set. Any context. */
extern int host_fault(enum host_fault_call call);
#else
static inline int host_fault(enum host_fault_call call)
{
	return 0;
}
#endif

#endif
