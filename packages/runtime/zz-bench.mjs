import * as tf from '@tensorflow/tfjs';
import * as sed from '@sed/tensor-ops';
import * as rt from './dist/index.js';
const t=(name,f,n=9)=>{f(); let best=1e9; for(let i=0;i<n;i++){const a=performance.now(); f(); best=Math.min(best,performance.now()-a);} console.log(name,best.toFixed(2),'ms');};
for (const b of ['wasm','tensorflow']) {
  await rt.prepareBackend({backend:b});
  console.log(tf.getBackend());
  const x=tf.randomNormal([30000,20]), y=tf.randomNormal([30000,20]), tg=tf.cast(tf.greater(y,2.5),'float32');
  const gr=(f)=>()=>tf.tidy(()=>{const v=tf.valueAndGrad(f)(x); v.value.dataSync(); v.grad.dataSync();});
  t(' focal fwd+bwd 30000x20',gr(x=>tf.sum(sed.sigmoidFocalLoss(x,tg))));
  t(' bernoulliKl fwd+bwd',gr(x=>tf.sum(sed.bernoulliKl(y,x))));
  t(' categoricalKl fwd+bwd',gr(x=>tf.sum(sed.categoricalKl(y,x))));
  t(' sigmoid', ()=>tf.tidy(()=>tf.sigmoid(x).dataSync())); t(' read', ()=>tf.tidy(()=>x.dataSync()));
}
