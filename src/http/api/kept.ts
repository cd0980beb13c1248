import { notKept } from '../../request/memory/kept-answers.ts';
import type { ApiContext } from './api-context.ts';

/** `GET /v1/responses/{id}`: a response of this tenant that is kept, as its client got it. @throws {WeirError} `unknown_id` */
export async function readKept(
  { kept }: Pick<ApiContext, 'kept'>,
  tenant: string,
  id: string,
): Promise<string> {
  if (kept === undefined) throw notKept();
  return kept.read(tenant, id);
}

/** `DELETE /v1/responses/{id}`. @throws {WeirError} `unknown_id` */
export async function forgetKept(
  { kept }: Pick<ApiContext, 'kept'>,
  tenant: string,
  id: string,
): Promise<object> {
  if (kept === undefined) throw notKept();
  await kept.forget(tenant, id);
  return { id, object: 'response', deleted: true };
}
