// A place for backups as it is being entered.
import type { BackupPlace, BackupTarget, BackupTargetDraft } from '../../api/types';

export type PlaceDraft = {
  name: string;
  kind: BackupPlace['kind'];
  path: string;
  endpoint: string;
  region: string;
  bucket: string;
  prefix: string;
  path_style: boolean;
  access_key: string;
  secret: string;
  authority: string;
};
export type PlaceField = keyof PlaceDraft;

export const blank = (): PlaceDraft => ({
  name: '',
  kind: 'folder',
  path: '',
  endpoint: '',
  region: 'us-east-1',
  bucket: '',
  prefix: '',
  path_style: true,
  access_key: '',
  secret: '',
  authority: '',
});

export function draftOf(target: BackupTarget): PlaceDraft {
  const { name } = target;
  if (target.kind === 'folder') return { ...blank(), name, kind: 'folder', path: target.path };
  const { kind, endpoint, region, bucket, prefix, path_style, access_key, authority } = target;
  return { ...blank(), name, kind, endpoint, region, bucket, prefix, path_style, access_key, authority: authority ?? '' };
}

/** What is sent. An empty secret stays as it is. */
export function requestOf(draft: PlaceDraft): BackupTargetDraft {
  const name = draft.name.trim();
  if (draft.kind === 'folder') return { name, place: { kind: 'folder', path: draft.path.trim() }, secret: null };
  return {
    name,
    place: {
      kind: 's3',
      endpoint: draft.endpoint.trim(),
      region: draft.region.trim(),
      bucket: draft.bucket.trim(),
      prefix: draft.prefix.trim(),
      path_style: draft.path_style,
      access_key: draft.access_key.trim(),
      authority: draft.authority.trim() === '' ? null : draft.authority.trim(),
    },
    secret: draft.secret === '' ? null : draft.secret,
  };
}

/** A trial needs the secret, and the one that is kept is not given out. */
export const triable = ({ kind, secret }: Pick<PlaceDraft, 'kind' | 'secret'>): boolean => kind === 'folder' || secret !== '';
