// SPDX-License-Identifier: GPL-2.0
/*
 * vma.c - the vdso in the address space of processes.
 */
#include <linux/binfmts.h>
#include <linux/elf.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/time_namespace.h>
#include <uml/vdso.h>
#include <vdso/datapage.h>
#include <vdso/vsyscall.h>

#define CODE_PAGES_MAX 4

extern char vdso_start[], vdso_end[];

static struct page *code_pages[CODE_PAGES_MAX + 1];	/* the last is NULL */
static unsigned long code_size;

/*
 * The clocks are kept before there are pages, and this image is not memory that
 * a process could map: they move to a page of their own.
 */
static union vdso_data_store early_data __initdata;
struct vdso_data *vdso_kernel_data __refdata = early_data.data;

/* Time namespaces keep the like of our data in a page of theirs. */
struct vdso_data *arch_get_vdso_data(void *page)
{
	return page;
}

static vm_fault_t vvar_fault(const struct vm_special_mapping *sm,
			     struct vm_area_struct *vma, struct vm_fault *vmf)
{
	unsigned long clocks = __pa(vdso_kernel_data) >> PAGE_SHIFT;
	struct page *offsets = find_timens_vvar_page(vma);

	if (vmf->pgoff == VVAR_CLOCKS)
		return vmf_insert_pfn(vma, vmf->address,
				      offsets ? page_to_pfn(offsets) : clocks);
	if (vmf->pgoff == VVAR_TIMENS && offsets)
		return vmf_insert_pfn(vma, vmf->address, clocks);
	return VM_FAULT_SIGBUS;
}

/* It may move: nobody else knows its address, we look for it (vdso_address). */
static int code_mremap(const struct vm_special_mapping *sm,
		       struct vm_area_struct *vma)
{
	return 0;
}

static const struct vm_special_mapping vvar_mapping = {
	.name = "[vvar]",
	.fault = vvar_fault,
};

static const struct vm_special_mapping code_mapping = {
	.name = "[vdso]",
	.pages = code_pages,
	.mremap = code_mremap,
};

/* Where the code is in the present address space, 0 if it isn't: AT_SYSINFO_EHDR */
unsigned long vdso_address(void)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long address = 0;
	VMA_ITERATOR(vmi, mm, 0);

	mmap_read_lock(mm);
	for_each_vma(vmi, vma) {
		if (vma_is_special_mapping(vma, &code_mapping)) {
			address = vma->vm_start;
			break;
		}
	}
	mmap_read_unlock(mm);
	return address;
}

#ifdef CONFIG_TIME_NS
/* The task is in another namespace now: its pages of data are others. */
int vdso_join_timens(struct task_struct *task, struct time_namespace *ns)
{
	struct mm_struct *mm = task->mm;
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		if (vma_is_special_mapping(vma, &vvar_mapping))
			zap_vma_pages(vma);
	mmap_read_unlock(mm);
	return 0;
}
#endif

/*
 * A place above the stack, in the part of the address space that needs no page
 * table of its own; 0, which is any place, where addresses are not random or
 * there is no room.
 */
static unsigned long place_suggest(unsigned long size)
{
	unsigned long from = PAGE_ALIGN(current->mm->start_stack);
	unsigned long to = min(ALIGN(from + size, PMD_SIZE), TASK_SIZE);

	if (!(current->flags & PF_RANDOMIZE) || from + size > to)
		return 0;
	return from + get_random_u32_below((to - size - from) / PAGE_SIZE + 1) *
	       PAGE_SIZE;
}

static int vdso_map(struct mm_struct *mm)
{
	unsigned long data_size = VVAR_PAGES * PAGE_SIZE;
	unsigned long size = data_size + code_size, at;
	struct vm_area_struct *vma;

	at = get_unmapped_area(NULL, place_suggest(size), size, 0, 0);
	if (IS_ERR_VALUE(at))
		return at;
	/* VM_MAYWRITE: a debugger sets breakpoints, in a copy */
	vma = _install_special_mapping(mm, at + data_size, code_size,
				       VM_READ | VM_EXEC | VM_MAYREAD |
				       VM_MAYWRITE | VM_MAYEXEC, &code_mapping);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	vma = _install_special_mapping(mm, at, data_size,
				       VM_READ | VM_MAYREAD | VM_IO |
				       VM_DONTDUMP | VM_PFNMAP, &vvar_mapping);
	if (!IS_ERR(vma))
		return 0;
	do_munmap(mm, at + data_size, code_size, NULL);
	return PTR_ERR(vma);
}

int arch_setup_additional_pages(struct linux_binprm *bprm, int uses_interp)
{
	struct mm_struct *mm = current->mm;
	int err;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	err = vdso_map(mm);
	mmap_write_unlock(mm);
	return err;
}

/* Before there are processes: a machine without memory for this ends here. */
static int __init vdso_init(void)
{
	struct page *data = alloc_page(GFP_KERNEL | __GFP_ZERO);
	unsigned long flags, i, size = vdso_end - vdso_start;

	BUILD_BUG_ON(sizeof(early_data) != PAGE_SIZE);
	if (!data || size > CODE_PAGES_MAX * PAGE_SIZE)
		panic("vdso: %lu bytes, %p\n", size, data);
	flags = vdso_update_begin();
	copy_page(page_address(data), &early_data);
	vdso_kernel_data = page_address(data);
	vdso_update_end(flags);
	code_size = PAGE_ALIGN(size);
	for (i = 0; i < code_size / PAGE_SIZE; i++) {
		code_pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!code_pages[i])
			panic("vdso: no memory\n");
		memcpy(page_address(code_pages[i]), vdso_start + i * PAGE_SIZE,
		       min(PAGE_SIZE, size - i * PAGE_SIZE));
	}
	return 0;
}
core_initcall(vdso_init);
