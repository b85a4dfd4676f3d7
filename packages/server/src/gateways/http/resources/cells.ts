import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';

type Names =
  | 'listCells'
  | 'createCell'
  | 'getCell'
  | 'updateCell'
  | 'deleteCell'
  | 'setCellMember'
  | 'removeCellMember'
  | 'leaveCell'
  | 'handOverCell'
  | 'addCellMounts'
  | 'removeCellMount';

export function cellHandlers({ collaboration: cells }: Services): Pick<Handlers, Names> {
  return {
    listCells: async (call) => ({ items: [...(await cells.cells(call.context))] }),
    createCell: (call) => cells.createCell(call.context, call.body),
    getCell: (call) => cells.cell(call.context, call.params.id),
    updateCell: (call) => cells.updateCell(call.context, call.params.id, call.body),
    deleteCell: (call) => cells.deleteCell(call.context, call.params.id),
    setCellMember: ({ context, params, body }) => cells.setMember(context, params.id, params.role, body.role),
    removeCellMember: ({ context, params }) => cells.removeMember(context, params.id, params.role),
    leaveCell: (call) => cells.leaveCell(call.context, call.params.id),
    handOverCell: (call) => cells.handOver(call.context, call.params.id, call.body.userId),
    addCellMounts: (call) => cells.addMounts(call.context, call.params.id, call.body.nodeIds),
    removeCellMount: ({ context, params }) => cells.removeMount(context, params.id, params.node),
  };
}
